import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { removeFolder } from '../sessionfolder.ts';

/**
 * Removes those of the folders that are the session's and belong to whoever asked for the helper, as that user: root
 * never walks through a folder that somebody else can change. Rights that were given up are gone: the last thing
 * that the helper does. Harmless when they are not there. `asker`: the user who asked, where sudo or pkexec does not tell.
 */
export async function removeAsOwner(
  session: string,
  folders: readonly string[],
  asker?: number,
): Promise<void> {
  const owned = await Promise.all(
    folders
      .filter((folder) => basename(folder) === `localprocess-k8s-${session}`)
      .map(async (folder) => ({ folder, owner: await lstat(folder).catch(() => undefined) })),
  );
  const asking = askingUsers(asker);
  // Root's own come first: afterwards this is somebody else.
  for (const { folder, owner } of owned.sort((a, b) => (a.owner?.uid ?? 0) - (b.owner?.uid ?? 0))) {
    if (owner === undefined || !asking.includes(owner.uid)) continue;
    if (owner.uid !== process.getuid?.()) become(owner.uid, owner.gid);
    await removeFolder(folder);
  }
}

/**
 * Who may have asked: this user, the one that sudo or pkexec was started by, or `asker`. On Windows, where nobody
 * becomes another user, nobody: folders wait for the next session.
 */
function askingUsers(asker: number | undefined): number[] {
  if (process.getuid === undefined) return [];
  const { SUDO_UID, PKEXEC_UID } = process.env;
  return [process.getuid(), SUDO_UID, PKEXEC_UID, asker].filter((uid) => uid !== undefined).map(Number);
}

function become(uid: number, gid: number): void {
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
