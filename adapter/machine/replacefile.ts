import { chmod, chown, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../errors.ts';

/** What a rename over the file fails with when the file itself is a mount, as in containers. */
const inPlaceCodes = new Set(['EBUSY', 'EXDEV']);

/**
 * Replaces what `path` holds by `change(text)`, in one step: whoever reads sees the old text or the new one,
 * also after a crash. Mode and owner stay. A change that another program makes meanwhile is seen and kept:
 * `change` is asked again. Where the file cannot be replaced (a mount of its own), or `inPlace`, it is written in
 * place, with a single write. Resolves with the text as it is now. One caller at a time: the temporary file has one
 * name, so that a crash leaves one at most, and the next call replaces and removes it.
 */
export async function replaceFile(
  path: string,
  change: (text: Buffer) => Buffer,
  { inPlace = false } = {},
): Promise<Buffer> {
  const temporary = `${path}.localprocess-k8s.new`;
  try {
    for (;;) {
      const { text, mode, uid, gid } = await readWhole(path);
      const wanted = change(text);
      if (wanted.equals(text)) return text;
      if (inPlace) {
        await writeInPlace(path, text, wanted);
        return wanted;
      }
      try {
        await writeWhole(temporary, wanted);
        await chmod(temporary, mode);
        await chown(temporary, uid, gid);
        if (!(await readWhole(path)).text.equals(text)) continue;
        await rename(temporary, path);
        await syncFolder(path);
      } catch (error) {
        if (!inPlaceCodes.has(systemCode(error) ?? '')) throw error;
        await writeInPlace(path, text, wanted);
      }
      return wanted;
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readWhole(path: string): Promise<{ text: Buffer; mode: number; uid: number; gid: number }> {
  await using file = await open(path, 'r');
  const { mode, uid, gid } = await file.stat();
  return { text: await file.readFile(), mode: mode & 0o7777, uid, gid };
}

async function writeWhole(path: string, text: Buffer): Promise<void> {
  await using file = await open(path, 'w', 0o600);
  await file.writeFile(text);
  await file.sync();
}

/** A rename is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path.slice(0, path.lastIndexOf('/')) || '/', 'r');
  await folder.sync();
}

/**
 * One write, from the first byte that differs. A text that gets shorter is followed by empty lines until the
 * file has been cut: between the two steps it reads right already.
 */
async function writeInPlace(path: string, text: Buffer, wanted: Buffer): Promise<void> {
  await using file = await open(path, 'r+');
  let same = 0;
  while (same < wanted.length && wanted[same] === text[same]) same++;
  const padding = Buffer.alloc(Math.max(0, text.length - wanted.length), '\n');
  await writeAt(file, Buffer.concat([wanted.subarray(same), padding]), same);
  await file.truncate(wanted.length);
  await file.sync();
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
