import { expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { dial, freePort, listen, readAll, startAgent } from '../agent/agentProcess.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('the environment crosses as it is', async () => {
  await using agent = await startAgent({}, { LINES: 'a\nb', SPACE: ' x ' });
  const tunnel = await agent.tunnel();
  expect((await tunnel.pod()).environment).toMatchObject({ LINES: 'a\nb', SPACE: ' x ' });
  expect(tunnel.rttMs).toBeGreaterThan(0);
});

test('64 MiB each way, four at once, outward', async () => {
  await using agent = await startAgent();
  await using echo = await listen((socket) => socket.pipe(socket));
  const tunnel = await agent.tunnel();
  const sent = randomBytes(64 * 1024 * 1024);
  const received = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const stream = tunnel.connect('127.0.0.1', echo.port);
      stream.end(sent);
      return sha256(await readAll(stream));
    }),
  );
  expect(new Set(received)).toEqual(new Set([sha256(sent)]));
  expect(tunnel.counters).toEqual({ inward: 0, outward: 0, inwardTotal: 0, outwardTotal: 4 });
});

test('64 MiB each way, four at once, inward', async () => {
  await using agent = await startAgent();
  await using echo = await listen((socket) => socket.pipe(socket));
  const tunnel = await agent.tunnel({ accept: () => dial(echo.port) });
  await tunnel.join();
  const sent = randomBytes(64 * 1024 * 1024);
  const received = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const socket = await dial(agent.port);
      socket.end(sent);
      return sha256(await readAll(socket));
    }),
  );
  expect(new Set(received)).toEqual(new Set([sha256(sent)]));
});

test('a dial that fails says why', async () => {
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  const refused = tunnel.connect('127.0.0.1', await freePort());
  refused.write('hello');
  await expect(readAll(refused)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const unknown = tunnel.connect('no-such-host.invalid', 80);
  await expect(readAll(unknown)).rejects.toMatchObject({
    code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
  });
  // The session is as good as before.
  await using server = await listen((socket) => socket.end('fine'));
  expect((await readAll(tunnel.connect('127.0.0.1', server.port))).toString()).toBe('fine');
});

test('half-close crosses outward, either side first', async () => {
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  await using late = await listen((socket) => {
    void readAll(socket).then((heard) => socket.end(`heard ${heard.toString()}`));
  });
  const first = tunnel.connect('127.0.0.1', late.port);
  first.end('all');
  expect((await readAll(first)).toString()).toBe('heard all');

  let heard: Promise<Buffer> | undefined;
  await using early = await listen((socket) => {
    heard = readAll(socket);
    socket.end('bye');
  });
  const second = tunnel.connect('127.0.0.1', early.port);
  expect((await readAll(second)).toString()).toBe('bye');
  second.end('still here');
  expect((await heard)?.toString()).toBe('still here');
});

test('half-close crosses inward, either side first', async () => {
  await using agent = await startAgent();
  let mode: 'late' | 'early' = 'late';
  let heard: Promise<Buffer> | undefined;
  await using local = await listen((socket) => {
    heard = readAll(socket);
    if (mode === 'early') socket.end('bye');
    else void heard.then((all) => socket.end(`heard ${all.toString()}`));
  });
  const tunnel = await agent.tunnel({ accept: () => dial(local.port) });
  await tunnel.join();
  const first = await dial(agent.port);
  first.end('all');
  expect((await readAll(first)).toString()).toBe('heard all');
  mode = 'early';
  const second = await dial(agent.port);
  expect((await readAll(second)).toString()).toBe('bye');
  second.end('still here');
  expect((await heard)?.toString()).toBe('still here');
});

test('a reset crosses in all four directions', async () => {
  await using agent = await startAgent();
  let reset = true;
  let left: Promise<unknown> | undefined;
  await using server = await listen((socket) => {
    if (reset) socket.once('data', () => socket.resetAndDestroy());
    else {
      left = new Promise((resolve) => socket.once('error', resolve));
      socket.write('x');
    }
    socket.resume();
  });
  const tunnel = await agent.tunnel({ accept: () => dial(server.port) });
  await tunnel.join();

  const outward = tunnel.connect('127.0.0.1', server.port);
  outward.write('x');
  await expect(readAll(outward)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const inward = await dial(agent.port);
  inward.write('x');
  await expect(readAll(inward)).rejects.toMatchObject({ code: 'ECONNRESET' });

  reset = false;
  const left1 = tunnel.connect('127.0.0.1', server.port);
  await once(left1, 'data');
  left1.destroy();
  expect(await left).toMatchObject({ code: 'ECONNRESET' });
  const left2 = await dial(agent.port);
  await once(left2, 'data');
  left2.resetAndDestroy();
  expect(await left).toMatchObject({ code: 'ECONNRESET' });
});

test('thousands of resets do not end the session', async () => {
  await using agent = await startAgent();
  await using server = await listen((socket) => socket.write('x'));
  const tunnel = await agent.tunnel({ accept: () => dial(server.port) });
  await tunnel.join();
  const lost: Error[] = [];
  tunnel.on('lost', (error) => lost.push(error));
  for (let round = 0; round < 150; round += 1) {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const outward = tunnel.connect('127.0.0.1', server.port);
        await once(outward, 'data');
        outward.destroy();
        const inward = await dial(agent.port);
        await once(inward, 'data');
        inward.resetAndDestroy();
      }),
    );
  }
  expect(lost).toEqual([]);
  const last = tunnel.connect('127.0.0.1', server.port);
  expect(String((await once(last, 'data'))[0])).toBe('x');
  last.destroy();
});

test('a stalled reader neither stops the others nor fills the memory', async () => {
  await using agent = await startAgent();
  const chunk = Buffer.alloc(1024 * 1024);
  let written = 0;
  await using endless = await listen((socket) => {
    const more = () => {
      while (!socket.destroyed) {
        written += chunk.length;
        if (!socket.write(chunk)) break;
      }
    };
    socket.on('drain', more);
    more();
  });
  await using echo = await listen((socket) => socket.pipe(socket));
  const tunnel = await agent.tunnel();
  const stalled = tunnel.connect('127.0.0.1', endless.port);
  stalled.on('error', () => undefined);
  await once(stalled, 'readable');
  const sent = randomBytes(64 * 1024 * 1024);
  const active = tunnel.connect('127.0.0.1', echo.port);
  active.end(sent);
  expect(sha256(await readAll(active))).toBe(sha256(sent));
  expect(written).toBeLessThan(64 * 1024 * 1024);
  stalled.destroy();
});

test('a client that leaves with data on its way leaves nothing behind', async () => {
  await using agent = await startAgent();
  await using endless = await listen((socket) => {
    const more = () => {
      while (socket.writable && socket.write(Buffer.alloc(65536)));
    };
    socket.on('drain', more);
    more();
  });
  const tunnel = await agent.tunnel({ accept: () => dial(endless.port) });
  await tunnel.join();
  await using relay = await listen((socket) => tunnel.relay(socket, '127.0.0.1', endless.port));
  for (const port of [relay.port, agent.port]) {
    const client = await dial(port);
    await once(client, 'readable');
    // Until all that can be on its way is.
    for (let before = -1; before !== client.readableLength;) {
      before = client.readableLength;
      await pause(200);
    }
    client.destroy();
  }
  while (endless.sockets.size > 0 || tunnel.counters.inward + tunnel.counters.outward > 0) await pause(20);
});

test('a server that speaks first is heard', async () => {
  await using agent = await startAgent();
  await using local = await listen((socket) => socket.write('220 ready\r\n'));
  const tunnel = await agent.tunnel({ accept: () => dial(local.port) });
  await tunnel.join();
  const client = await dial(agent.port);
  expect(String((await once(client, 'data'))[0])).toBe('220 ready\r\n');
  client.destroy();
});

test('a local process that refuses resets the client', async () => {
  await using agent = await startAgent();
  const tunnel = await agent.tunnel({ accept: () => Promise.reject(new Error('not listening')) });
  await tunnel.join();
  const client = await dial(agent.port);
  await expect(readAll(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a client that goes away while it waits aborts the wait', async () => {
  await using agent = await startAgent();
  let aborted: (() => void) | undefined;
  const seen = new Promise<void>((resolve) => (aborted = resolve));
  let waiting: (() => void) | undefined;
  const waits = new Promise<void>((resolve) => (waiting = resolve));
  const tunnel = await agent.tunnel({
    accept: (_port, signal) =>
      new Promise((_resolve, reject) => {
        waiting?.();
        signal.addEventListener('abort', () => {
          aborted?.();
          reject(new Error('gone'));
        });
      }),
  });
  await tunnel.join();
  const client = await dial(agent.port);
  await waits;
  client.resetAndDestroy();
  await seen;
});

test('a port that is taken fails the join with its code', async () => {
  await using taken = await listen(() => undefined);
  await using agent = await startAgent({ ports: [taken.port] });
  const tunnel = await agent.tunnel();
  await expect(tunnel.join()).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
