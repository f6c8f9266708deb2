import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { enterDoor, HelperDoor } from '../../../adapter/machine/elevated/door.ts';
import { sessionFolder } from '../../../adapter/machine/folders.ts';
import { temporaryFolder } from '../script.ts';
import { received } from './received.ts';

const session = `test-${process.pid}`;
const never = new AbortController().signal;
const onUnix = process.platform === 'win32' ? test.skip : test;

onUnix('the door is for this user alone, and lets in who knows the nonce', async () => {
  await using folder = await temporaryFolder();
  await using door = await HelperDoor.open(session);
  const modes = [dirname(door.path), dirname(door.nonceFile), door.path, door.nonceFile].map(
    async (path) => (await stat(path)).mode & 0o777,
  );
  expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o600, 0o600]);
  const entered = door.entered(never);
  const wrong = join(folder.path, 'nonce');
  await writeFile(wrong, '0'.repeat(64));
  await (
    await enterDoor(door.path, wrong)
  ).channel.closed;
  for (const words of ['{"no": "JSON\n', '""\n', '7\n', `${JSON.stringify('x'.repeat(10_000))}\n`]) {
    const rude = net.connect(door.path);
    rude.on('error', () => undefined).write(words);
    await once(rude, 'close');
  }
  const { channel: helper, asker } = await enterDoor(door.path, door.nonceFile);
  const adapter = await entered;
  expect(asker).toBe(process.getuid?.());
  await helper.send('in');
  expect(await received(adapter, 1)).toEqual(['in']);
  helper.close();
  await adapter.closed;
});

onUnix('the door is shut behind the helper; who waits before it is sent away', async () => {
  await using door = await HelperDoor.open(session);
  const nonce = await readFile(door.nonceFile, 'utf8');
  const silent = net.connect(door.path);
  const left = once(silent.resume(), 'close');
  const entered = door.entered(never);
  await once(silent, 'connect');
  const { channel: helper } = await enterDoor(door.path, door.nonceFile);
  const adapter = await entered;
  await door[Symbol.asyncDispose]();
  await left;
  expect(existsSync(dirname(door.path))).toBe(false);
  await using folder = await temporaryFolder();
  const kept = join(folder.path, 'nonce');
  await writeFile(kept, nonce);
  await expect(enterDoor(door.path, kept)).rejects.toMatchObject({ code: 'ENOENT' });
  await helper.send('still in');
  expect(await received(adapter, 1)).toEqual(['still in']);
  adapter.close();
  await helper.closed;
});

onUnix('waiting for the helper is given up when the prompt is; nobody gets in any more', async () => {
  await using door = await HelperDoor.open(session);
  const stop = new AbortController();
  const entered = door.entered(stop.signal);
  stop.abort(new Error('refused'));
  await expect(entered).rejects.toThrow('refused');
  await (
    await enterDoor(door.path, door.nonceFile)
  ).channel.closed;
});

onUnix('the helper, who can read any file, says nothing but a nonce', async () => {
  await using folder = await temporaryFolder();
  await using door = await HelperDoor.open(session);
  const secret = join(folder.path, 'secret');
  await writeFile(secret, 'root:$6$secret');
  await expect(enterDoor(door.path, secret)).rejects.toThrow(`"${secret}" is no nonce`);
});

onUnix(
  "the door is in the session's folder, which goes after a crash, unless that is somebody else's",
  async () => {
    const folder = sessionFolder(session);
    await mkdir(folder, { mode: 0o700 });
    try {
      await using door = await HelperDoor.open(session);
      expect(dirname(dirname(door.path))).toBe(folder);
      if (process.getuid?.() !== 0) return;
      await chown(folder, 12_345, 12_345);
      await using other = await HelperDoor.open(session);
      expect(other.path).not.toContain(session);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
