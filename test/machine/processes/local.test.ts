import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { connectLocal } from '../../../adapter/machine/processes/local.ts';
import { echo, serve } from './server.ts';

const signal = new AbortController().signal;

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('reaches a process that listens on %s', async (address) => {
  await using server = await serve(address, echo);
  for (let time = 0; time < 2; time++) {
    const socket = await connectLocal(server.port, { holdSeconds: 0, signal });
    socket.end('hello');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('hello');
    expect(socket.allowHalfOpen).toBe(true);
    socket.destroy();
  }
});

test('holds a connection while the process restarts, and finds its new address', async () => {
  const first = await serve('127.0.0.1', echo);
  (await connectLocal(first.port, { holdSeconds: 0, signal })).destroy();
  await first[Symbol.asyncDispose]();
  const held = connectLocal(first.port, { holdSeconds: 30, signal });
  await using second = await serve('::1', echo, first.port);
  const socket = await held;
  expect(socket.remoteAddress).toBe('::1');
  expect(second.port).toBe(first.port);
  socket.destroy();
});

test('passes by a service of the same port', async () => {
  await using service = await serve('127.64.0.8', echo);
  await using local = await serve('127.0.0.1', echo, service.port);
  const socket = await connectLocal(local.port, { holdSeconds: 0, signal });
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.destroy();
});

test('is refused as by the system when nobody comes in time', async () => {
  const gone = await serve('127.0.0.1', echo);
  await gone[Symbol.asyncDispose]();
  await expect(connectLocal(gone.port, { holdSeconds: 0.2, signal })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('ends waiting when aborted', async () => {
  const stop = new AbortController();
  const held = connectLocal(1, { holdSeconds: 30, signal: stop.signal });
  stop.abort(new Error('the client has gone'));
  await expect(held).rejects.toThrow('the client has gone');
});
