import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { dial, listen, readAll, startAgent } from '../agent/agentProcess.ts';

test('a wrong token is refused at once and for good', async () => {
  await using agent = await startAgent();
  await expect(agent.tunnel({ token: 'guess' })).rejects.toMatchObject({
    code: 'tunnel-failed',
    cause: { fatal: true, reason: 'token' },
  });
  await expect(agent.tunnel({ token: 'guess', accept: () => dial(1) })).rejects.toMatchObject({
    code: 'tunnel-failed',
  });
});

test('a tunnel that breaks is made again; what waits meanwhile goes through', async () => {
  await using agent = await startAgent();
  await using server = await listen((socket) => socket.pipe(socket));
  const ways = new Set<Socket>();
  let gate = Promise.resolve();
  const tunnel = await agent.tunnel({
    accept: () => dial(server.port),
    open: async (signal) => {
      await gate;
      const socket = await agent.open(signal);
      ways.add(socket);
      return socket;
    },
  });
  await tunnel.join();
  const before = tunnel.connect('127.0.0.1', server.port);
  before.write('x');
  await once(before, 'data');
  const broken = readAll(before);

  let open: (() => void) | undefined;
  gate = new Promise((resolve) => (open = resolve));
  const lost = once(tunnel, 'lost');
  const ready = once(tunnel, 'ready');
  for (const way of ways) way.destroy();
  await lost;
  await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' });
  const outward = tunnel.connect('127.0.0.1', server.port);
  outward.end('outward');
  const inward = await dial(agent.port);
  inward.end('inward');
  open?.();
  await ready;
  expect((await readAll(outward)).toString()).toBe('outward');
  expect((await readAll(inward)).toString()).toBe('inward');
});

test('a pod that is gone closes the tunnel', async () => {
  await using agent = await startAgent();
  let gone = false;
  const tunnel = await agent.tunnel({
    open: (signal) =>
      gone ? Promise.reject(Object.assign(new Error('no such pod'), { fatal: true })) : agent.open(signal),
  });
  const closed = once(tunnel, 'closed');
  gone = true;
  agent.kill('SIGKILL');
  expect((await closed)[0]).toMatchObject({ message: 'no such pod' });
  await expect(tunnel.pod()).rejects.toThrow('closed');
  await expect(readAll(tunnel.connect('127.0.0.1', 1))).rejects.toThrow('closed');
});

test('another process takes the agent over, and the first does not fight for it', async () => {
  await using agent = await startAgent();
  await using first = await listen((socket) => socket.end('first'));
  await using second = await listen((socket) => socket.end('second'));
  const one = await agent.tunnel({ accept: () => dial(first.port) });
  await one.join();
  expect((await readAll(await dial(agent.port))).toString()).toBe('first');
  const closed = once(one, 'closed');
  const two = await agent.tunnel({ accept: () => dial(second.port) });
  expect((await closed)[0]).toMatchObject({ reason: 'replaced' });
  await two.join();
  expect((await readAll(await dial(agent.port))).toString()).toBe('second');
});
