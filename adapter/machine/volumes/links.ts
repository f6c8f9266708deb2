import { lstat, mkdir, readlink, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A symbolic link that a session has put on this machine. */
export interface Link {
  path: string;
  /** What it leads to: how it is known again. */
  to: string;
  /** Folders that were made for it, outermost first. */
  folders: string[];
}

/** Whether anything is at a path: a link that leads nowhere, too. */
export async function isOccupied(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The link that would lead from `path`, where nothing is, to `to`; nothing is made yet. */
export async function planLink(path: string, to: string): Promise<Link> {
  const folders: string[] = [];
  for (let folder = dirname(path); !(await isOccupied(folder)); folder = dirname(folder))
    folders.unshift(folder);
  return { path, to, folders };
}

/** Makes a link, with the folders it needs. To be written to the journal before. */
export async function makeLink({ path, to, folders }: Link): Promise<void> {
  for (const folder of folders) await mkdir(folder);
  await symlink(to, path, 'junction');
}

/** Removes a link and the folders made for it; what somebody has put in their place or into them stays. */
export async function removeLink({ path, to, folders }: Link): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === to) await unlink(path);
  for (const folder of [...folders].reverse()) await rmdir(folder).catch(() => undefined); // Not empty, or gone.
}
