import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LaunchError, messageOf } from '../../errors.ts';
import { replaceFile } from '../../machine/hosts/replacefile.ts';
import { printCommented } from './commented.ts';
import { LaunchFile } from './launchfile.ts';

/**
 * Puts a configuration into a launch.json, in the place of one of that name if there is one. The file is replaced in one
 * step and is else what it was, also what an editor writes to it meanwhile; it is made where there is none.
 * @throws LaunchError `configuration-file-invalid` or `folder-unwritable`; then nothing was written.
 */
export async function writeConfiguration(
  file: LaunchFile,
  configuration: Record<string, unknown> & { name: string },
): Promise<void> {
  const { name } = configuration;
  const apply = (current: LaunchFile) =>
    current.with(name, (layout) => printCommented(configuration, layout));
  try {
    if (!file.exists) await create(resolve(file.path), apply(file));
    else
      await replaceFile(await realpath(file.path), {
        apply: (bytes) => {
          const current = LaunchFile.of(file.path, bytes);
          const written = current.configurations.find((one) => one.name === name)?.value;
          return isDeepStrictEqual(written, configuration) ? bytes : Buffer.from(apply(current));
        },
        padding: (length) => ' '.repeat(length),
      });
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    throw new LaunchError(
      'folder-unwritable',
      `Cannot write "${file.path}": ${messageOf(error)}. Make it and its folder writable, or name another file with "--file".`,
      { cause: error },
    );
  }
}

async function create(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  try {
    const handle = await open(fresh, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}
