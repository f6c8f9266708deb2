import { constants } from 'node:fs';
import { chmod, mkdir, open, rm, symlink, type FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';
import type { VolumeEntry } from '../../../agent/frames.ts';
import type { VolumePart } from '../../tunnel/volume.ts';

/** What is left out of a copy. */
export interface LeftOut {
  /** Relative to the volume; bytes, one character each. */
  path: string;
  /** `special`: a socket, a named pipe, a device; else the system's code. */
  why: string;
}

export interface WriteOptions {
  /** A path at which nothing is; what is mounted comes there, a folder or a file. */
  path: string;
  /** Files are for their owner alone, and folders. */
  secret: boolean;
  /** Told of bytes before they are written; throws when there are too many. */
  count: (bytes: number) => void;
}

/**
 * Writes a volume that is being read, piece by piece. Nothing is written but below `path`: each thing is new and in a
 * folder that was made by this very call, and links are made, not followed.
 * @throws the system's error when writing fails; an Error when an entry leads out of the volume.
 */
export async function writeVolume(
  parts: AsyncIterable<VolumePart>,
  { path: root, secret, count }: WriteOptions,
): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  const folders = new Map<string, number>();
  let file: { handle: FileHandle; path: string; mode: number } | undefined;
  const modeOf = (mode: number, isFolder: boolean) => {
    if (secret) return isFolder || (mode & 0o111) !== 0 ? 0o700 : 0o600;
    // Whose it is here can read it, as the container's user there. A program that others set up to run as
    // another user would now run as this one.
    return isFolder ? mode : (mode & 0o1777) | 0o400;
  };
  const write = async (entry: VolumeEntry) => {
    const { path } = entry;
    if (entry.type === 'special' || entry.type === 'unreadable') {
      leftOut.push({ path, why: entry.type === 'special' ? 'special' : entry.code });
      return;
    }
    assertInside(path, folders);
    const place = placeOf(root, path);
    if (entry.type === 'folder') {
      await mkdir(place, { mode: 0o700 });
      folders.set(path, modeOf(entry.mode, true));
    } else if (entry.type === 'link') await symlink(Buffer.from(entry.target, 'latin1'), place);
    else {
      const handle = await open(place, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      file = { handle, path, mode: modeOf(entry.mode, false) };
    }
  };
  try {
    for await (const part of parts) {
      if ('entry' in part) await write(part.entry);
      else if (file === undefined) throw new Error('Cannot write a volume: content of no file.');
      else if ('data' in part) {
        count(part.data.length);
        await file.handle.writeFile(part.data);
      } else {
        const { handle, path, mode } = file;
        await handle.chmod(mode);
        await handle.close();
        file = undefined;
        if (part.end.code === undefined) continue;
        await rm(placeOf(root, path));
        leftOut.push({ path, why: part.end.code });
      }
    }
  } finally {
    await file?.handle.close();
  }
  // Last: a folder may be one that its owner must not write to.
  for (const [path, mode] of [...folders].reverse()) await chmod(placeOf(root, path), mode);
  return leftOut;
}

function assertInside(path: string, folders: ReadonlyMap<string, number>): void {
  if (path === '') return;
  const [name = '', ...parents] = path.split('/').reverse();
  const strange = name === '' || name === '.' || name === '..' || name.includes('\0');
  if (strange || (sep === '\\' && /[\\:]/.test(name)) || !folders.has(parents.reverse().join('/')))
    throw new Error(`Cannot write "${path}" of a volume: it is not in a folder of it.`);
}

/** Names are bytes; Windows has text. */
function placeOf(root: string, path: string): Buffer | string {
  const name = Buffer.from(path === '' ? '' : `/${path}`, 'latin1');
  const whole = Buffer.concat([Buffer.from(root), name]);
  return sep === '\\' ? whole.toString() : whole;
}
