import { lstat, readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** As many as the kernel follows; see path_resolution(7). */
const mostLinks = 40;

/** Where a path leads on this machine, as far as it exists. */
export interface Place {
  /** Without symbolic links. */
  path: string;
  /** The nearest folder that exists: what `path` is in, or `path`'s own parent. */
  folder: string;
  /** What is at `path`. */
  kind: 'file' | 'folder' | 'nothing';
}

/**
 * Follows an absolute path on this machine, as the kernel does, and beyond the point where it ends: `/var/run/secrets`
 * is `/run/secrets` where `/var/run` leads to `/run`, whether or not it exists. What may not be looked at does not
 * exist. Throws an `Error` when links go in circles.
 */
export async function placeOf(path: string): Promise<Place> {
  let links = 0;
  let folder = '/';
  let rest = parts(path);
  while (rest.length > 0) {
    const [name = '', ...further] = rest;
    const here = join(folder, name);
    const found = await lstat(here).catch(() => undefined);
    if (found?.isSymbolicLink() === true) {
      if (++links > mostLinks) throw new Error(`Cannot follow "${path}": its symbolic links go in circles.`);
      rest = [...parts(resolve(folder, await readlink(here))), ...further];
      folder = '/';
    } else if (found?.isDirectory() === true) {
      folder = here;
      rest = further;
    } else {
      const whole = join(here, ...further);
      return { path: whole, folder, kind: found && further.length === 0 ? 'file' : 'nothing' };
    }
  }
  return { path: folder, folder: dirname(folder), kind: 'folder' };
}

/** The same, but a link that stands at `path` itself is not followed: it counts as a file. */
export async function placeOfEntry(path: string): Promise<Place> {
  const parent = await placeOf(dirname(path));
  const whole = join(parent.path, basename(path));
  if (parent.kind !== 'folder') return { ...parent, path: whole, kind: 'nothing' };
  const found = await lstat(whole).catch(() => undefined);
  const kind = found === undefined ? 'nothing' : found.isDirectory() ? 'folder' : 'file';
  return { path: whole, folder: parent.path, kind };
}

/** Whether `path` is `folder` or below it. */
export function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Whether a file or a folder is at `path`, through links. Throws the system's error when nothing is. */
export async function kindOf(path: string): Promise<'file' | 'folder'> {
  return (await stat(path)).isDirectory() ? 'folder' : 'file';
}

function parts(path: string): string[] {
  return resolve('/', path)
    .split(sep)
    .filter((part) => part !== '');
}
