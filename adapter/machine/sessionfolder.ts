import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LaunchError, messageOf, systemCode } from '../errors.ts';

/**
 * Makes a folder of a session, mode 0700; one that is there already is never used: somebody may have put it
 * there to read along. To be written to the journal before.
 * @throws LaunchError `folder-unwritable`
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    throw new LaunchError(
      'folder-unwritable',
      `Cannot make the session's folder "${path}": ${messageOf(error)}. Make "${dirname(path)}" writable, or name another folder for temporary files in TMPDIR.`,
      { cause: error },
    );
  }
}

/**
 * Removes a folder of a session with all that is in it; harmless when it is not there, or going. Links in it are
 * removed, not followed. A folder of another name or owner is left alone.
 */
export async function removeFolder(path: string): Promise<void> {
  if (!/^localprocess-k8s-[A-Za-z0-9._-]+$/.test(basename(path))) return;
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return;
  if (process.getuid !== undefined && found.uid !== process.getuid()) return;
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
    // A folder that its own owner may not change: volumes have such.
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await openUp(join(folder, entry.name));
}
