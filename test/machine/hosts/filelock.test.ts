import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { underLock } from '../../../adapter/machine/hosts/filelock.ts';
import { temporaryFolder } from '../script.ts';

test('one at a time, each waking the next', async () => {
  await using folder = await temporaryFolder();
  const lock = join(folder.path, 'lock');
  let inside = 0;
  let most = 0;
  const turns = Array.from({ length: 20 }, () =>
    underLock(lock, async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    }),
  );
  await Promise.all(turns);
  expect(most).toBe(1);
  expect(await readdir(folder.path)).toEqual([]);
});

test('gives up waiting for a live holder, and names it', async () => {
  await using folder = await temporaryFolder();
  const lock = join(folder.path, 'lock');
  await writeFile(lock, String(process.pid));
  await expect(underLock(lock, () => Promise.resolve(), 0.1)).rejects.toMatchObject({
    code: 'hosts-unwritable',
    message: expect.stringContaining(`process ${process.pid}`) as unknown,
  });
  expect(await readdir(folder.path)).toEqual(['lock']);
});

test('is released when the work fails', async () => {
  await using folder = await temporaryFolder();
  const lock = join(folder.path, 'lock');
  await expect(underLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(folder.path)).toEqual([]);
});
