import { lstat, mkdir, rename, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Progress } from '../../progress.ts';
import type { Volume } from '../../tunnel/volume.ts';
import type { UndoStack } from '../../undo.ts';
import { sessionFolder } from '../folders.ts';
import type { Bind } from '../namespace/namespace.ts';
import { fetchMount, openMount, type VolumeSource } from './fetch.ts';
import { followChanges } from './follow.ts';
import { makeMemoryFolder } from './memory.ts';
import {
  chooseMounts,
  inWords,
  nameOf,
  parseSize,
  type Mount,
  type NamedMount,
  type VolumeChoice,
} from './mounts.ts';
import { assertFits, counter } from './size.ts';
import type { LeftOut } from './write.ts';

export interface CopyOptions {
  session: string;
  choice: VolumeChoice;
  source: VolumeSource;
  undo: UndoStack;
  log: Log;
  progress: Progress;
  signal: AbortSignal;
}

/** A mount that has been copied. */
export interface CopiedMount extends NamedMount {
  /** Where this machine has it: a folder, or a file where only that is mounted. */
  folder: string;
}

export interface CopiedVolumes {
  mounts: CopiedMount[];
  /** Where they are, a variable for each. */
  environment: Record<string, string>;
  /** What shows them at the paths that they have in the pod. */
  binds: Bind[];
}

/** Where a copy really is: `path` is never a link. */
export interface Copy {
  mount: NamedMount;
  path: string;
  /** Beside it: where a newer one is read to. */
  fresh: string;
}

/**
 * Copies the chosen volumes into the session's folder, all at once, secrets into one in memory where there is
 * such a place, and goes on refreshing the copies when the kubelet changes them, until `signal` aborts. The
 * folders, `foldersOf` the session, are the caller's to write down and to remove.
 * @throws LaunchError `volumes-too-large`, `volume-unreadable`, `folder-unwritable`, or the signal's reason.
 */
export async function copyVolumes(mounts: readonly Mount[], options: CopyOptions): Promise<CopiedVolumes> {
  const { session, choice, undo, log, progress, signal } = options;
  const { chosen, unmatched } = chooseMounts(mounts, choice);
  for (const pattern of unmatched)
    progress.warn(
      `No volume of the container is called "${pattern}", or mounted there; "volumes" names it. There ${mounts.length === 0 ? 'is none' : `are ${mounts.map((mount) => `"${nameOf(mount)}" at "${mount.mountPath}"`).join(', ')}`}.`,
    );
  if (chosen.length === 0) return { mounts: [], environment: {}, binds: [] };

  const failed = new AbortController();
  const copying = copyAll(chosen, failed, { ...options, signal: AbortSignal.any([signal, failed.signal]) });
  let following = Promise.resolve();
  // Whoever ends the session meanwhile removes the folders after the last thing was written to them.
  undo.push('stop copying the volumes', async () => {
    await copying.catch(() => undefined);
    await following;
  });
  const copies = await copying;
  following = followChanges(copies, options).catch((error: unknown) => {
    if (!signal.aborted) log.write('volumes', `not refreshed any more: ${messageOf(error)}`);
  });
  return describe(copies, sessionFolder(session));
}

/** Settles when nothing is being written any more. */
async function copyAll(
  chosen: readonly NamedMount[],
  failed: AbortController,
  options: CopyOptions,
): Promise<CopiedFile[]> {
  const { session, choice, source, progress, signal } = options;
  // The sizes come first: too large is known before anything is written.
  const opened = await allOf(
    chosen.map(async (mount) => ({ mount, volume: await openMount(source, mount, signal) })),
    failed,
  );
  const sizes = opened.map(({ mount, volume: { size } }) => ({ mount, size }));
  const most = parseSize(choice.maxSize);
  try {
    assertFits(sizes, most);
  } catch (error) {
    failed.abort(error); // Nobody reads what has been begun.
    throw error;
  }
  const bytesOf = (some: typeof sizes) => some.reduce((sum, { size }) => sum + size.bytes, 0);
  const secrets = sizes.filter(({ mount }) => mount.secret);

  signal.throwIfAborted();
  const folder = join(sessionFolder(session), 'volumes');
  await mkdir(folder, { mode: 0o700 });
  const memory = secrets.length > 0 ? await makeMemoryFolder(session, bytesOf(secrets)) : undefined;
  const count = counter(most);
  const copies = await allOf(
    opened.map(async ({ mount, volume }) => {
      const parent = mount.secret && memory !== undefined ? memory : folder;
      const copy = { mount, path: join(parent, mount.name), fresh: join(parent, `.${mount.name}.new`) };
      return copyOne(copy, volume, { ...options, count: count(mount), folder });
    }),
    failed,
  );
  progress.say(
    `Volumes: ${copies.length} copied to ${folder} (${inWords(bytesOf(sizes))}): ${copies.map(({ mount }) => nameOf(mount)).join(', ')}.`,
  );
  return copies;
}

/** Like `Promise.all`, but the first failure breaks the others off, and they are waited for. */
async function allOf<T>(parts: Promise<T>[], failed: AbortController): Promise<T[]> {
  for (const part of parts) part.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(parts);
  failed.signal.throwIfAborted();
  return Promise.all(parts);
}

interface CopiedFile extends Copy {
  /** The file's name, where a file is mounted. */
  file: string | undefined;
}

async function copyOne(
  copy: Copy,
  opened: Volume,
  {
    source,
    count,
    folder,
    progress,
    signal,
  }: CopyOptions & { count: (bytes: number) => void; folder: string },
): Promise<CopiedFile> {
  const { mount, path, fresh } = copy;
  const leftOut = await fetchMount(mount, { source, path: fresh, count, signal, opened });
  tellLeftOut(mount, leftOut, progress);
  let file: string | undefined;
  if ((await lstat(fresh)).isDirectory()) await rename(fresh, path);
  else {
    file = basename(mount.mountPath);
    await mkdir(path, { mode: 0o700 });
    await rename(fresh, join(path, file));
  }
  const visible = join(folder, mount.name);
  if (visible !== path) await symlink(path, visible);
  return { ...copy, file };
}

const mostNamed = 5;

/** Says what a copy is without: the container's user cannot read it either, or nobody could copy it. */
function tellLeftOut(mount: NamedMount, leftOut: readonly LeftOut[], progress: Progress): void {
  // What was removed while it was read has not been there.
  const missing = leftOut.filter(({ why }) => why !== 'ENOENT');
  if (missing.length === 0) return;
  const named = missing.slice(0, mostNamed).map(({ path, why }) => {
    const name = path === '' ? mount.mountPath : Buffer.from(path, 'latin1').toString();
    return `${JSON.stringify(name)} (${why === 'special' ? 'a socket, named pipe or device' : why})`;
  });
  const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : '';
  progress.warn(
    `Cannot copy all of the volume "${nameOf(mount)}" at "${mount.mountPath}"; left out: ${named.join(', ')}${more}.`,
  );
}

function describe(copies: readonly CopiedFile[], folder: string): CopiedVolumes {
  const mounts = copies.map(({ mount, file }) => ({
    ...mount,
    folder: join(folder, 'volumes', mount.name, file ?? ''),
  }));
  return {
    mounts,
    environment: Object.fromEntries(
      mounts.map(({ name, folder: path }) => [`LOCALPROCESS_VOLUME_${name}`, path]),
    ),
    binds: copies
      .map(({ mount, path, file }) => ({ from: join(path, file ?? ''), to: mount.mountPath }))
      // What is mounted in another comes after it.
      .sort((a, b) => (a.to < b.to ? -1 : 1)),
  };
}
