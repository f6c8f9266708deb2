import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { enterDoor, HelperDoor, LineChannel } from '../../../adapter/machine/elevated/linechannel.ts';
import { firstLine, hostsText, hostsToBe, noneWith } from '../helper.ts';
import { bundle, temporaryFolder } from '../script.ts';

const never = new AbortController().signal;
const onUnix = process.platform === 'win32' ? test.skip : test;

async function pair(folder: string): Promise<{ adapter: LineChannel; helper: LineChannel }> {
  const door = await HelperDoor.open(join(folder, 'door'));
  const [adapter, helper] = await Promise.all([door.entered(never), enterDoor(door.path, door.nonce)]);
  return { adapter, helper };
}

function received(channel: LineChannel, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  return new Promise((resolve) =>
    channel.onMessage((message) => {
      if (messages.push(message) === count) resolve(messages);
    }),
  );
}

onUnix('messages of any size and content arrive both ways, in order, each once', async () => {
  await using folder = await temporaryFolder();
  const { adapter, helper } = await pair(folder.path);
  const messages = [{ ready: true }, 'two\nlines', { text: 'é漢🎉'.repeat(200_000) }, null, [1, 2]];
  for (const [from, to] of [
    [helper, adapter],
    [adapter, helper],
  ] as const) {
    for (const message of messages) void from.send(message);
    expect(await received(to, messages.length)).toEqual(messages);
  }
  adapter.close();
  await Promise.all([adapter.closed, helper.closed]);
  expect(await readdir(folder.path)).toEqual([]);
});

onUnix('the door is for this user alone, lets in who knows the nonce, and is shut behind them', async () => {
  await using folder = await temporaryFolder();
  const door = await HelperDoor.open(join(folder.path, 'door'));
  expect((await stat(door.path)).mode & 0o777).toBe(0o600);
  const entered = door.entered(never);
  for (const nonce of ['', 'x', 'x'.repeat(64), '0'.repeat(10_000)])
    await (
      await enterDoor(door.path, nonce)
    ).closed;
  const rude = net.connect(door.path);
  rude.on('error', () => undefined).write('{"no": "JSON\n');
  await once(rude, 'close');
  const helper = await enterDoor(door.path, door.nonce);
  const adapter = await entered;
  await expect(enterDoor(door.path, door.nonce)).rejects.toMatchObject({ code: 'ENOENT' });
  await helper.send('in');
  expect(await received(adapter, 1)).toEqual(['in']);
  helper.close();
  await adapter.closed;
});

onUnix('waiting for the helper is given up when the prompt is, and leaves nothing', async () => {
  await using folder = await temporaryFolder();
  const door = await HelperDoor.open(join(folder.path, 'door'));
  const stop = new AbortController();
  const entered = door.entered(stop.signal);
  stop.abort(new Error('refused'));
  await expect(entered).rejects.toThrow('refused');
  expect(await readdir(folder.path)).toEqual([]);
});

onUnix('what is no message ends the channel', async () => {
  await using folder = await temporaryFolder();
  const door = await HelperDoor.open(join(folder.path, 'door'));
  const socket = net.connect(door.path);
  socket.write(`${JSON.stringify(door.nonce)}\nnonsense\n`);
  const adapter = await door.entered(never);
  await adapter.closed;
  await once(socket.resume(), 'close');
});

/** Both ends, as on systems without inherited channels: the helper is a process of its own, started by the adapter. */
const ends = `
  import { spawn } from 'node:child_process';
  import { HelperDoor, enterDoor } from './elevated/linechannel.ts';
  import { parseRequest } from './elevated/protocol.ts';
  import { writeHostsBlock } from './hosts/hosts.ts';
  const [, script, role, place, word] = process.argv;
  if (role === 'helper') {
    const channel = await enterDoor(place + '/door', word);
    channel.onMessage(async (message) => {
      const { id, entries } = parseRequest(message);
      await writeHostsBlock(place + '/hosts', 'one', entries);
      await channel.send({ id, ok: true });
    });
    await channel.closed;
    await writeHostsBlock(place + '/hosts', 'one', []);
  } else {
    const door = await HelperDoor.open(place + '/door');
    spawn(process.execPath, [script, 'helper', place, door.nonce], { detached: true, stdio: 'ignore' }).unref();
    const channel = await door.entered(new AbortController().signal);
    channel.onMessage((answer) => console.log(JSON.stringify(answer)));
    await channel.send({ id: 7, operation: 'hosts', entries: [{ address: '127.66.7.1', hostnames: ['redis'] }] });
    setInterval(() => undefined, 1e6);
  }
`;

onUnix('over the stream, too, the helper undoes everything when the adapter is killed', async () => {
  await using folder = await temporaryFolder();
  const script = join(folder.path, 'ends.mjs');
  await bundle(ends, script);
  const hosts = join(folder.path, 'hosts');
  await writeFile(hosts, hostsText);
  const adapter = spawn(process.execPath, [script, 'adapter', folder.path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await firstLine(adapter)).toBe('{"id":7,"ok":true}');
  expect(await readFile(hosts, 'utf8')).toContain('127.66.7.1 redis');
  adapter.kill('SIGKILL');
  await hostsToBe(hosts, hostsText);
  await noneWith(script);
});
