import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const windows = process.platform === 'win32';
const extensions = windows ? ['.exe', '.cmd', '.bat', ''] : [''];

/** The first executable file called `name` in the folders of PATH, then in `more`; `undefined` if there is none. */
export async function findOnPath(name: string, more: readonly string[] = []): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...more];
  for (const folder of folders) {
    for (const extension of extensions) {
      const file = join(folder, name + extension);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** The interpreter inside a Python virtual environment. */
export function interpreterIn(environment: string): string {
  return windows ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}

/** Whether a file exists and this user may execute it. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // Not there, or not for us: for a search it is the same.
  }
}
