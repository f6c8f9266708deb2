import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Agent as KeepAlive } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Tunnel } from '../../adapter/tunnel/tunnel.ts';
import { dial, listen, readAll, startAgent, type Agent } from './agentProcess.ts';
import { ask, serve, type HttpServer } from './http.ts';

const at = (server: { port: number }) => `127.0.0.1:${String(server.port)}`;

async function joined(agent: Agent, local: { port: number }): Promise<Tunnel> {
  const tunnel = await agent.tunnel({ accept: () => dial(local.port) });
  await tunnel.join();
  return tunnel;
}

/** Resolves when the local process serves nobody any more. */
async function leaveUntilQuiet(tunnel: Tunnel, originals: string[]): Promise<void> {
  while ((await tunnel.leave(originals)).busy > 0) await pause(20);
}

test.each([
  ['keep-alive', 20],
  ['new connection each', 0],
])('no request fails while the local process is left and killed: %s', async (_name, connections) => {
  await using local = await serve('local');
  await using original = await serve('original');
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  const keep = connections > 0 ? new KeepAlive({ keepAlive: true, maxSockets: connections }) : undefined;
  const answers: Promise<string>[] = [];
  const load = setInterval(() => {
    const path = answers.length % 10 === 0 ? '/slow' : '/';
    answers.push(
      ask(agent.port, keep ? { keep, path } : { path }).then(
        ({ body }) => body,
        (error: unknown) => String(error),
      ),
    );
  }, 10);
  try {
    await pause(700);
    await tunnel.leave([]);
    await pause(200);
    await leaveUntilQuiet(tunnel, [at(original)]);
    await local.kill();
    await tunnel.close();
    await pause(700);
  } finally {
    clearInterval(load);
  }
  const bodies = await Promise.all(answers);
  keep?.destroy();
  expect([...new Set(bodies)].sort()).toEqual(['local', 'local!', 'original', 'original!']);
  expect(bodies.length).toBeGreaterThan(100);
  expect(new Set(original.connectionHeaders)).toEqual(new Set(['close']));
});

test('a request that is being answered stays with the local process until it is done', async () => {
  await using local = await serve('local');
  await using original = await serve('original');
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  const keep = new KeepAlive({ keepAlive: true, maxSockets: 1 });
  const slow = ask(agent.port, { keep, path: '/slow' });
  await pause(100);
  expect(await tunnel.leave([at(original)])).toEqual({ busy: 1 });
  expect((await slow).body).toBe('local!');
  expect(await tunnel.leave([at(original)])).toEqual({ busy: 0 });
  expect(await ask(agent.port, { keep })).toEqual({ body: 'original', reused: true });
  // The original was told to close, so the next request comes on a new connection.
  expect(await ask(agent.port, { keep })).toEqual({ body: 'original', reused: false });
  keep.destroy();
});

test('what the local process has not accepted goes to an original, bytes and all', async () => {
  await using original = await listen((socket) => void readAll(socket).then((all) => socket.end(all)));
  await using agent = await startAgent();
  let offered: (() => void) | undefined;
  const offer = new Promise<void>((resolve) => (offered = resolve));
  const tunnel = await agent.tunnel({
    accept: (_port, signal) =>
      new Promise((_resolve, reject) => {
        offered?.();
        signal.addEventListener('abort', () => reject(new Error('gone')));
      }),
  });
  await tunnel.join();
  const client = await dial(agent.port);
  const sent = Buffer.alloc(1024 * 1024, 'x');
  client.end(sent);
  await offer;
  await pause(50);
  expect(await tunnel.leave([])).toEqual({ busy: 0 });
  const late = await dial(agent.port);
  late.end('late');
  await tunnel.leave([at(original)]);
  expect((await readAll(client)).equals(sent)).toBe(true);
  expect((await readAll(late)).toString()).toBe('late');
});

test('a connection nobody has used yet moves, also to a server that speaks first', async () => {
  await using local = await listen(() => undefined);
  await using original = await listen((socket) => socket.end('220 original'));
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  const client = await dial(agent.port);
  while (local.sockets.size === 0) await pause(5);
  await tunnel.leave([at(original)]);
  expect((await readAll(client)).toString()).toBe('220 original');
});

test('a connection that is not HTTP/1 stays, and counts, until it closes', async () => {
  await using local = await listen((socket) => socket.pipe(socket));
  await using original = await listen((socket) => socket.end('wrong'));
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  const client = await dial(agent.port);
  client.write('a');
  await once(client, 'data');
  expect(await tunnel.leave([at(original)])).toEqual({ busy: 1 });
  client.end('b');
  expect((await readAll(client)).toString()).toBe('b');
  expect(await tunnel.leave([at(original)])).toEqual({ busy: 0 });
});

test('an upgraded connection stays with the local process', async () => {
  await using local: HttpServer = await serve('local');
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  const client = await dial(agent.port);
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  expect(String((await once(client, 'data'))[0])).toContain('101');
  client.write('GET / HTTP/1.1\r\n');
  expect(String((await once(client, 'data'))[0])).toBe('GET / HTTP/1.1\r\n');
  expect(await tunnel.leave([])).toEqual({ busy: 1 });
  client.write('x');
  expect(String((await once(client, 'data'))[0])).toBe('x');
  client.destroy();
});

test('the next original is tried when one cannot be reached', async () => {
  await using gone = await serve('gone');
  await using original = await serve('original');
  await using local = await serve('local');
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  await gone.kill();
  await tunnel.leave([at(gone), at(original)]);
  for (let each = 0; each < 4; each += 1) expect((await ask(agent.port)).body).toBe('original');
  await tunnel.leave([at(gone)]);
  await expect(ask(agent.port)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('joining again takes a leave back', async () => {
  await using local = await serve('local');
  await using original = await serve('original');
  await using agent = await startAgent();
  const tunnel = await joined(agent, local);
  await tunnel.leave([at(original)]);
  expect((await ask(agent.port)).body).toBe('original');
  await tunnel.join();
  expect((await ask(agent.port)).body).toBe('local');
});
