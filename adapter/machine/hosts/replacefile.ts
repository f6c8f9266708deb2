import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { appendFile, chmod, chown, open, rm, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../../errors.ts';
import { writersDone } from './writers.ts';

/** What a rename over the file fails with when the file itself is a mount, as in containers. */
const inPlaceCodes = new Set(['EBUSY', 'EXDEV']);

/** What the new text is, seen from the old one. Asked again when somebody else has changed the file meanwhile. */
export interface Change {
  /** Applied to its own outcome it changes nothing. */
  apply: (text: Buffer) => Buffer;
  /** `length` bytes that `apply` takes away where it finds them at the end, and readers pass over. */
  padding: (length: number) => string;
  /** Somebody has the file by its inode: no new file may take its place. */
  inPlace?: boolean;
}

/**
 * Replaces what `path` holds by what `change` makes of it, in one step: whoever reads sees the old text or the
 * new one, also after a crash. Mode and owner stay. What another program writes meanwhile is kept, also when
 * it has the old file still open and writes to that. (What it does between our last look and our change in the
 * next line, a few microseconds, cannot be seen: systems have no better.) Where the file cannot be replaced,
 * because it is a mount of its own or has several names, it is written in place, with a single write.
 * One caller at a time: the temporary file has one name, so that a crash leaves one at most, and the next call
 * replaces and removes it.
 */
export async function replaceFile(path: string, change: Change): Promise<void> {
  const temporary = `${path}.localprocess-k8s.new`;
  try {
    for (;;) {
      const found = statSync(path);
      // Half a text, of somebody who is writing right now, is none to go by.
      if (Date.now() - found.mtimeMs < 1000) await writersDone(path, found);
      await using file = await open(path, 'r');
      const before = await file.stat();
      const text = await readWhole(file);
      const wanted = change.apply(text);
      if (wanted.equals(text)) return;
      if (change.inPlace === true || before.nlink > 1) {
        writeInPlace(path, { text, wanted, padding: change.padding });
        continue;
      }
      try {
        await writeWhole(temporary, wanted, before);
        // Nothing of ours comes between these two.
        if (!isSame(statSync(path), before)) continue;
        renameSync(temporary, path);
      } catch (error) {
        if (!inPlaceCodes.has(systemCode(error) ?? '')) throw error;
        writeInPlace(path, { text, wanted, padding: change.padding });
        continue;
      }
      await syncFolder(path);
      await writersDone(path, before);
      const late = await readWhole(file);
      if (late.equals(text)) return;
      // More lines at the end can follow at once: whoever adds lines without pause does not keep us from ending.
      if (text.length > 0 && late.subarray(0, text.length).equals(text))
        await appendFile(path, late.subarray(text.length));
      else await replaceFile(path, withLate(change, { text, wanted, late }));
      return;
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The same change of what somebody wrote to the old file (`text`, now `late`) after it had been replaced by `wanted`. */
function withLate(
  change: Change,
  { text, wanted, late }: Record<'text' | 'wanted' | 'late', Buffer>,
): Change {
  return {
    ...change,
    apply: (now) => change.apply(now.equals(wanted) ? late : withLinesOf(now, { text, late })),
  };
}

/** `now` and the lines that `late` has and `text` had not. */
function withLinesOf(now: Buffer, { text, late }: Record<'text' | 'late', Buffer>): Buffer {
  const lines = (of: Buffer) => of.toString('latin1').split(/(?<=\n)/);
  const known = new Set([...lines(text), ...lines(now)]);
  const added = lines(late).filter((line) => !known.has(line));
  const start = now.toString('latin1');
  const newline = start === '' || start.endsWith('\n') || added.length === 0 ? '' : '\n';
  return Buffer.from(start + newline + added.join(''), 'latin1');
}

async function readWhole(file: FileHandle): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, position);
    if (bytesRead === 0) return Buffer.concat(parts);
    parts.push(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

async function writeWhole(path: string, text: Buffer, { mode, uid, gid }: Stats): Promise<void> {
  await using file = await open(path, 'w', 0o600);
  await file.writeFile(text);
  await chown(path, uid, gid);
  await chmod(path, mode & 0o7777);
  await file.sync();
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** A rename is on disk when its folder is; on Windows a folder cannot be opened, nor has to be. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path.slice(0, path.lastIndexOf('/')) || '/', 'r');
  await folder.sync();
}

/**
 * One write, from the first byte that differs; what only adds is appended, wherever the end is by then. A text
 * that gets shorter is followed by padding until the file has been cut: between the two steps it reads right.
 * Does nothing when the text is another by now. Without a pause, in which others could write.
 */
function writeInPlace(
  path: string,
  { text, wanted, padding }: { text: Buffer; wanted: Buffer; padding: Change['padding'] },
): void {
  let same = 0;
  while (same < wanted.length && wanted[same] === text[same]) same++;
  const shorter = text.length - wanted.length;
  const rest = Buffer.from(shorter > 0 ? padding(shorter) : '', 'latin1');
  const bytes = Buffer.concat([wanted.subarray(same), rest]);
  const file = openSync(path, same === text.length ? 'a+' : 'r+');
  try {
    if (!readFileSync(file).equals(text)) return;
    for (let done = 0; done < bytes.length;)
      done += writeSync(file, bytes, done, bytes.length - done, same + done);
    if (shorter > 0) ftruncateSync(file, wanted.length);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
