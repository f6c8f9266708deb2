import { constants, type Stats } from 'node:fs';
import { lstat, open, opendir, readlink } from 'node:fs/promises';
import { frame, type FileEnd, type VolumeEntry, type VolumeRequest, type VolumeSize } from './frames.ts';

const chunkBytes = 64 * 1024;

/** A volume with more entries than this is not counted to its end. */
const mostCounted = 100_000;

/** A file: there, and no link, and a named pipe that took its place does not block. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Found {
  /** Relative to the volume. */
  path: string;
  /** What it is; the system's code where it cannot be told. */
  stats: Stats | string;
}

/**
 * Reads a volume: its size, then everything in it, in frames. Links are not followed; what cannot be read is told
 * as that and does not end it.
 */
export async function* readVolume({ path: root, without }: VolumeRequest): AsyncGenerator<Buffer> {
  const covered = new Set(without);
  yield frame('size', await measure(root, covered));
  for await (const found of walk(root, '', covered)) yield* read(root, found, covered);
  yield frame('done', {});
}

async function measure(root: string, covered: ReadonlySet<string>): Promise<VolumeSize> {
  const size = { bytes: 0, more: false };
  let count = 0;
  for await (const { path, stats } of walk(root, '', covered)) {
    if (++count > mostCounted) return { ...size, more: true };
    if (typeof stats !== 'string' && stats.isFile() && !covered.has(path)) size.bytes += stats.size;
  }
  return size;
}

/** The volume and everything in it, each folder before what is in it; not what is mounted over it. */
async function* walk(root: string, path: string, covered: ReadonlySet<string>): AsyncGenerator<Found> {
  try {
    const stats = await lstat(bytes(root, path));
    yield { path, stats };
    if (!stats.isDirectory() || covered.has(path)) return;
    for await (const { name } of await opendir(bytes(root, path), { encoding: 'latin1' }))
      yield* walk(root, path === '' ? name : `${path}/${name}`, covered);
  } catch (error) {
    // What was read of a folder so far has been told: a second word about it says that it is not all.
    yield { path, stats: codeOf(error) };
  }
}

async function* read(
  root: string,
  { path, stats }: Found,
  covered: ReadonlySet<string>,
): AsyncGenerator<Buffer> {
  const tell = (entry: VolumeEntry) => frame('entry', entry);
  if (typeof stats === 'string') yield tell({ path, type: 'unreadable', code: stats });
  else if (stats.isDirectory()) yield tell({ path, type: 'folder', mode: stats.mode & 0o7777 });
  else if (stats.isSymbolicLink()) {
    const target = await readlink(bytes(root, path), { encoding: 'latin1' }).catch(failure);
    yield tell(
      typeof target === 'string' ? { path, type: 'link', target } : { path, type: 'unreadable', ...target },
    );
  } else if (!stats.isFile()) yield tell({ path, type: 'special' });
  else if (covered.has(path)) {
    yield tell({ path, type: 'file', mode: stats.mode & 0o7777, size: 0 });
    yield frame('end', {});
  } else yield* readFile(root, path);
}

async function* readFile(root: string, path: string): AsyncGenerator<Buffer> {
  const file = await open(bytes(root, path), flags).catch(failure);
  if ('code' in file) {
    yield frame('entry', { path, type: 'unreadable', ...file } satisfies VolumeEntry);
    return;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) {
      yield frame('entry', { path, type: 'special' } satisfies VolumeEntry);
      return;
    }
    const { mode, size } = stats;
    yield frame('entry', { path, type: 'file', mode: mode & 0o7777, size } satisfies VolumeEntry);
    const end: FileEnd = {};
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
        if (bytesRead === 0) break;
        yield frame('data', buffer.subarray(0, bytesRead));
      }
    } catch (error) {
      end.code = codeOf(error);
    }
    yield frame('end', end);
  } finally {
    await file.close();
  }
}

/** The path of something in a volume, whose name is bytes. */
function bytes(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')]);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'EIO';
}

const failure = (error: unknown): { code: string } => ({ code: codeOf(error) });
