import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Agent as KeepAlive } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { dial, listen, readAll, startAgent } from './agentProcess.ts';
import { ask, serve } from './http.ts';

test('an agent that hears nobody ends with its exit code', async () => {
  await using agent = await startAgent({ restoreAfterSeconds: 0.5 });
  expect(await agent.exited).toEqual([7, null]);
});

test('an agent that hears somebody stays', async () => {
  await using agent = await startAgent({ restoreAfterSeconds: 1 });
  const tunnel = await agent.tunnel();
  await pause(2500);
  await tunnel.pod();
  await tunnel.close();
  expect(await agent.exited).toEqual([7, null]);
});

test('an adapter that is stopped counts as silent', async () => {
  await using agent = await startAgent({ restoreAfterSeconds: 1 });
  const socket = await agent.open(AbortSignal.timeout(1000));
  socket.on('error', () => undefined).resume();
  // The token is right, and not one PING is answered.
  socket.write(
    `${JSON.stringify({ protocol: 1, role: 'outward', token: agent.token })}\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  );
  socket.write(Buffer.from('000000040000000000', 'hex'));
  expect(await agent.exited).toEqual([7, null]);
  socket.destroy();
});

test.each([
  ['no line', 'x'.repeat(5000)],
  ['no JSON', 'GET / HTTP/1.1\r\n\r\n'],
  ['no role', '{"protocol":1,"token":"x"}\n'],
])('a control connection that begins wrongly is closed: %s', async (_name, words) => {
  await using agent = await startAgent();
  const socket = await agent.open(AbortSignal.timeout(1000));
  socket.on('error', () => undefined).resume();
  socket.write(words);
  await once(socket, 'close');
  await (await agent.tunnel()).pod();
});

test('another version of the protocol is refused with words', async () => {
  await using agent = await startAgent();
  const socket = await agent.open(AbortSignal.timeout(1000));
  socket.write(`${JSON.stringify({ protocol: 99, role: 'outward', token: agent.token })}\n`);
  expect((await readAll(socket)).toString('latin1')).toContain('protocol');
});

test('the ports open at the join, the readiness port last', async () => {
  await using agent = await startAgent();
  const refused = async (port: number) => {
    const socket = connect(port, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    return error.code;
  };
  expect(await refused(agent.port)).toBe('ECONNREFUSED');
  expect(await refused(agent.config.readinessPort)).toBe('ECONNREFUSED');
  const tunnel = await agent.tunnel({ accept: () => Promise.reject(new Error('no')) });
  await Promise.all([tunnel.join(), tunnel.join()]);
  (await dial(agent.port)).destroy();
  (await dial(agent.config.readinessPort)).destroy();
});

test('a connection waits for a local process, then is reset', async () => {
  await using agent = await startAgent({ holdSeconds: 0.3 });
  const tunnel = await agent.tunnel();
  await tunnel.join();
  const client = await dial(agent.port);
  client.write('hello');
  const begun = performance.now();
  await expect(readAll(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(performance.now() - begun).toBeGreaterThan(250);
});

test('SIGTERM before the join ends at once', async () => {
  await using agent = await startAgent();
  agent.kill('SIGTERM');
  expect(await agent.exited).toEqual([0, null]);
});

test('SIGTERM: goes on accepting until it is quiet, closes idle connections, lets the others finish', async () => {
  await using local = await serve('local');
  await using echo = await listen((socket) => socket.pipe(socket));
  await using agent = await startAgent({ drainSeconds: 10 });
  let to = local.port;
  const tunnel = await agent.tunnel({ accept: () => dial(to) });
  await tunnel.join();
  const keep = new KeepAlive({ keepAlive: true });
  await ask(agent.port, { keep });
  to = echo.port;
  const busy = await dial(agent.port);
  busy.write('a');
  await once(busy, 'data');
  to = local.port;
  agent.kill('SIGTERM');
  for (let each = 0; each < 5; each += 1) {
    await pause(500);
    expect((await ask(agent.port)).body).toBe('local');
  }
  const idle = Object.values(keep.freeSockets)[0]?.[0];
  if (!idle) throw new Error('The kept connection is gone.');
  await once(idle, 'close');
  busy.end('b');
  expect((await readAll(busy)).toString()).toBe('b');
  expect(await agent.exited).toEqual([0, null]);
});

test('SIGTERM: what does not finish is reset after the drain', async () => {
  await using echo = await listen((socket) => socket.pipe(socket));
  await using agent = await startAgent({ drainSeconds: 0.2 });
  const tunnel = await agent.tunnel({ accept: () => dial(echo.port) });
  await tunnel.join();
  const busy = await dial(agent.port);
  busy.write('a');
  await once(busy, 'data');
  agent.kill('SIGTERM');
  await expect(readAll(busy)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await agent.exited).toEqual([0, null]);
});
