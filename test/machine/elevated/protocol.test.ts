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
  const redirect = { address: '127.66.0.1', port: 80, to: 61000 };
  expect(
    parseRequest({ id: 4, operation: 'redirect', redirects: [{ ...redirect, ...extra }], ...extra }),
  ).toEqual({
    id: 4,
    operation: 'redirect',
    redirects: [redirect],
  });
  const relay = { id: 5, operation: 'relay', address: '127.66.0.1', port: 80, to: 50_000 };
  expect(parseRequest({ ...relay, ...extra })).toEqual(relay);
  const aliases = { id: 6, operation: 'aliases', addresses: ['127.64.0.1', '127.127.255.254'] };
  expect(parseRequest({ ...aliases, ...extra })).toEqual(aliases);
  expect(parseRequest({ id: 3, operation: 'close' })).toEqual({ id: 3, operation: 'close' });
});

const hosts = (address: unknown, ...hostnames: unknown[]) => ({
  id: 1,
  operation: 'hosts',
  entries: [{ address, hostnames }],
});
const listen = (address: unknown, port: unknown) => ({ id: 1, operation: 'listen', address, port });
const redirect = (address: unknown, port: unknown, to: unknown) => ({
  id: 1,
  operation: 'redirect',
  redirects: [{ address, port, to }],
});
const relay = (address: unknown, port: unknown, to: unknown) => ({
  id: 1,
  operation: 'relay',
  address,
  port,
  to,
});
const aliases = (...addresses: unknown[]) => ({ id: 1, operation: 'aliases', addresses });

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
  [hosts('127.0.0.53', 'redis')],
  [hosts('127.128.0.1', 'redis')],
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
  [{ id: 1, operation: 'redirect' }],
  [{ id: 1, operation: 'redirect', redirects: [null] }],
  [redirect('127.0.0.1', 80, 8080)],
  [redirect('127.0.0.53', 53, 8080)],
  [redirect('10.0.0.1', 80, 8080)],
  [redirect('0.0.0.0', 80, 8080)],
  [redirect('127.66.0.1/8', 80, 8080)],
  [redirect('127.66.0.1 -j ACCEPT', 80, 8080)],
  [redirect('127.66.0.1', 0, 8080)],
  [redirect('127.66.0.1', 80, 65536)],
  [redirect('127.66.0.1', '80\nCOMMIT', 8080)],
  [relay('127.0.0.1', 80, 8080)],
  [relay('0.0.0.0', 80, 8080)],
  [relay('127.128.0.1', 80, 8080)],
  [relay('127.66.0.1', 1024, 8080)],
  [relay('127.66.0.1', 80, 22)],
  [relay('127.66.0.1', 80, '8080')],
  [{ id: 1, operation: 'aliases' }],
  [aliases('127.66.0.1', '127.0.0.1')],
  [aliases('127.63.255.255')],
  [aliases('127.128.0.1')],
  [aliases('10.0.0.1')],
  [aliases('-alias')],
  [aliases('127.66.0.1 netmask 255.0.0.0')],
  [aliases(7)],
  [redirect('127.66.0.1', 80, '127.0.0.1:22')],
])('refuses %j', (message) => {
  expect(() => parseRequest(message)).toThrow(/^Cannot /);
});

test("a session's name cannot write into the hosts file, or be too long for a chain of iptables", () => {
  expect(isSessionName('a1B2-c3.d_4')).toBe(true);
  for (const name of ['', 'a b', 'a\nb', '-a', 'a#', 'x'.repeat(23)]) expect(isSessionName(name)).toBe(false);
});
