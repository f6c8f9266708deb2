import { expect, test } from '@jest/globals';
import { listenersOn, waitForListener } from '../../../adapter/machine/processes/sockets.ts';
import { ask, echo, serve } from './server.ts';

const never = new AbortController().signal;

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('knows who listens on %s', async (address) => {
  await using server = await serve(address, echo);
  const listeners = await listenersOn(server.port);
  expect(listeners).toMatchObject([{ address, port: server.port, pid: process.pid }]);
  expect(listeners[0]?.command).toContain('jest');
});

test('a port without listener has none', async () => {
  const server = await serve('127.0.0.1', echo);
  await server[Symbol.asyncDispose]();
  expect(await listenersOn(server.port)).toEqual([]);
});

test('waits until somebody listens, without connecting', async () => {
  const free = await serve('127.0.0.1', echo);
  await free[Symbol.asyncDispose]();
  const waiting = waitForListener(free.port, { signal: never });
  await using server = await serve('::1', echo, free.port);
  expect(await waiting).toMatchObject({ address: '::1', pid: process.pid });
  expect(server.sockets.size).toBe(0);
});

test('does not count what is excepted', async () => {
  await using server = await serve('127.0.0.1', echo);
  const seen: (number | undefined)[] = [];
  const stop = new AbortController();
  const waiting = waitForListener(server.port, {
    signal: stop.signal,
    except: ({ pid }) => {
      seen.push(pid);
      if (seen.length === 2) stop.abort(new Error('enough'));
      return true;
    },
  });
  await expect(waiting).rejects.toThrow('enough');
  expect(seen).toEqual([process.pid, process.pid]);
});

test('waiting ends with the reason it was ended for', async () => {
  const stop = new AbortController();
  const waiting = waitForListener(1, { signal: stop.signal });
  stop.abort(new Error('cancelled by the user'));
  await expect(waiting).rejects.toThrow('cancelled by the user');
});

test("listeners of services on the same port are in nobody's way", async () => {
  await using service = await serve('127.64.0.7', echo);
  expect(await listenersOn(service.port)).toEqual([]);
  expect(await ask('127.64.0.7', service.port, 'there')).toBe('there');
});
