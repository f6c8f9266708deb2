import { expect, test } from '@jest/globals';
import { isSessionName, parseRequest } from '../../../adapter/machine/elevated/protocol.ts';

const entry = { address: '127.66.0.1', hostnames: ['redis', 'redis.shop.svc.cluster.local'] };

test("takes what is the helper's business, and nothing that came along with it", () => {
  const extra = { path: '/etc/passwd' };
  expect(parseRequest({ id: 1, operation: 'hosts', entries: [{ ...entry, ...extra }], ...extra })).toEqual({
    id: 1,
    operation: 'hosts',
    entries: [entry],
  });
  expect(parseRequest({ id: 2, operation: 'listen', address: '127.66.0.1', port: 80, ...extra })).toEqual({
    id: 2,
    operation: 'listen',
    address: '127.66.0.1',
    port: 80,
  });
  expect(parseRequest({ id: 3, operation: 'close' })).toEqual({ id: 3, operation: 'close' });
});

const hosts = (address: unknown, ...hostnames: unknown[]) => ({
  id: 1,
  operation: 'hosts',
  entries: [{ address, hostnames }],
});
const listen = (address: unknown, port: unknown) => ({ id: 1, operation: 'listen', address, port });

test.each([
  [null],
  ['hosts'],
  [{ id: 1 }],
  [{ id: 1, operation: 'exec', command: 'id' }],
  [{ id: 1, operation: 'hosts' }],
  [{ id: 1, operation: 'hosts', entries: [null] }],
  [{ id: 1, operation: 'hosts', entries: [{ address: '127.66.0.1' }] }],
  [hosts('127.66.0.1')],
  [hosts('127.0.0.1', 'redis')],
  [hosts('10.0.0.1', 'redis')],
  [hosts('127.66.0.256', 'redis')],
  [hosts('127.66.0.01', 'redis')],
  [hosts('127.66.0.1\n10.0.0.1', 'redis')],
  [hosts('::1', 'redis')],
  [hosts('127.66.0.1', 'localhost')],
  [hosts('127.66.0.1', 'a.localhost')],
  [hosts('127.66.0.1', 'LocalHost')],
  [hosts('127.66.0.1', 'a b')],
  [hosts('127.66.0.1', 'a\n10.0.0.1 b')],
  [hosts('127.66.0.1', 'a#')],
  [hosts('127.66.0.1', '')],
  [hosts('127.66.0.1', '-a')],
  [hosts('127.66.0.1', 'a..b')],
  [hosts('127.66.0.1', 'a'.repeat(64))],
  [hosts('127.66.0.1', 4)],
  [listen('0.0.0.0', 80)],
  [listen('127.0.0.1', 80)],
  [listen('192.168.1.2', 80)],
  [listen('127.66.0.1', 0)],
  [listen('127.66.0.1', 1024)],
  [listen('127.66.0.1', '80')],
  [listen('127.66.0.1', 80.5)],
])('refuses %j', (message) => {
  expect(() => parseRequest(message)).toThrow(/^Cannot /);
});

test("a session's name cannot write into the hosts file", () => {
  expect(isSessionName('a1B2-c3.d_4')).toBe(true);
  for (const name of ['', 'a b', 'a\nb', '-a', 'a#', 'x'.repeat(65)]) expect(isSessionName(name)).toBe(false);
});
