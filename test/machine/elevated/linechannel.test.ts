import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { expect, test } from '@jest/globals';
import { enterDoor, HelperDoor } from '../../../adapter/machine/elevated/door.ts';
import type { LineChannel } from '../../../adapter/machine/elevated/linechannel.ts';
import { received } from './received.ts';

const session = `test-${process.pid}`;
const never = new AbortController().signal;
const onUnix = process.platform === 'win32' ? test.skip : test;

onUnix('messages of any size and content arrive both ways, in order, each once', async () => {
  await using door = await HelperDoor.open(session);
  const entered = door.entered(never);
  const { channel: helper } = await enterDoor(door.path, door.nonceFile);
  const adapter = await entered;
  const messages = [{ ready: true }, 'two\nlines', { text: 'é漢🎉'.repeat(200_000) }, null, [1, 2]];
  const ways: [LineChannel, LineChannel][] = [
    [helper, adapter],
    [adapter, helper],
  ];
  for (const [from, to] of ways) {
    for (const message of messages) void from.send(message);
    expect(await received(to, messages.length)).toEqual(messages);
  }
  adapter.close();
  await Promise.all([adapter.closed, helper.closed]);
  expect([adapter.isOpen, helper.isOpen]).toEqual([false, false]);
  // Nobody is there any more: neither an error nor a wait.
  await helper.send('late');
});

onUnix('what is no message ends the channel', async () => {
  await using door = await HelperDoor.open(session);
  const entered = door.entered(never);
  const socket = net.connect(door.path);
  socket.write(`${JSON.stringify(await readFile(door.nonceFile, 'utf8'))}\nnonsense\n`);
  const adapter = await entered;
  await adapter.closed;
  await once(socket.resume(), 'close');
});
