import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { sessionFolder } from '../folders.ts';
import { makeFolder } from '../sessionfolder.ts';

/** File systems that live in memory: TMPFS_MAGIC and RAMFS_MAGIC of statfs(2). */
const inMemory = new Set([0x01021994, 0x858458f6]);

const spareBytes = 1024 * 1024;

/** Every folder that a session may have on this machine: one of them is in memory, where that can be. */
export function foldersOf(session: string): string[] {
  return [sessionFolder(session), ...memoryFolders(session)];
}

/** Where a session's folder in memory may be, best first. macOS and Windows have no such place. */
function memoryFolders(session: string): string[] {
  if (process.platform !== 'linux') return [];
  const { XDG_RUNTIME_DIR: runtime = '' } = process.env;
  const parents = [...(isAbsolute(runtime) ? [runtime] : []), '/dev/shm'];
  return [...new Set(parents)]
    .map((parent) => join(parent, basename(sessionFolder(session))))
    .filter((folder) => folder !== sessionFolder(session));
}

/**
 * Makes the session's folder in memory, with room for `bytes` twice: what is refreshed is there a second time for a
 * moment. `undefined`: there is no place for it on this machine.
 */
export async function makeMemoryFolder(session: string, bytes: number): Promise<string | undefined> {
  for (const folder of memoryFolders(session)) {
    if (!(await hasRoom(dirname(folder), 2 * bytes + spareBytes))) continue;
    const made = await makeFolder(folder).then(
      () => true,
      () => false,
    );
    if (made) return folder;
  }
  return undefined;
}

async function hasRoom(parent: string, bytes: number): Promise<boolean> {
  try {
    await access(parent, constants.W_OK);
    const { type, blocks, bavail, bsize } = await statfs(parent);
    // One without blocks has no limit.
    return inMemory.has(type) && (blocks === 0 || bavail * bsize >= bytes);
  } catch {
    return false; // Not there, or not ours.
  }
}
