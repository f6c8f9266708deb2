import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { curlFor, curlForTarget, listenersOf } from '../../extension/curl.ts';
import { resolves as resolvesHere } from '../../extension/reports.ts';
import { reportOfShop } from './reports.ts';

const everywhere = () => Promise.resolve(true);
const nowhere = () => Promise.resolve(false);

test('the target is reached by its service’s name, where that resolves', async () => {
  const asked: string[][] = [];
  const resolves = (...pair: string[]) => {
    asked.push(pair);
    return Promise.resolve(true);
  };
  expect(await curlForTarget(await reportOfShop(), resolves)).toBe('curl http://web/');
  expect(asked).toEqual([['web', '127.1.2.2']]);
});

test('a name that only the local process sees is no name for a terminal', async () => {
  expect(await curlForTarget(await reportOfShop(), nowhere)).toBe('curl http://127.1.2.2/');
});

test('without names, the port here', async () => {
  expect(await curlForTarget(await reportOfShop({ mapped: false }), everywhere)).toBe(
    'curl http://127.0.0.1:40080/',
  );
});

test('a target without a service that is reached from here: the local process itself', async () => {
  const report = await reportOfShop();
  const direct = 'curl http://127.0.0.1:3000/';
  expect(await curlForTarget({ ...report, target: 'deployment/web' }, everywhere)).toBe(direct);
  expect(await curlForTarget({ ...report, namespace: 'other' }, everywhere)).toBe(direct);
  expect(await curlForTarget({ ...report, target: 'pod/x', ports: [] }, everywhere)).toBeUndefined();
});

test('other services: a port that is not 80 is named, and 443 is spoken to as what it is', async () => {
  const report = await reportOfShop();
  const of = (name: string) => report.listeners.filter(({ service }) => service === name);
  const lines = await Promise.all(
    [...of('prices'), ...of('vault')].map((listener) => curlFor(listener, report, everywhere)),
  );
  expect(lines).toEqual(['curl http://prices:5000/', 'curl --insecure https://127.1.2.3/']);
  expect(await curlFor({ address: '127.1.2.9', ports: [] }, report, everywhere)).toBeUndefined();
  const [vault] = (await reportOfShop({ mapped: false })).listeners.filter(
    ({ service }) => service === 'vault',
  );
  expect(vault && (await curlFor(vault, { names: [] }, everywhere))).toBe(
    'curl --insecure https://127.0.0.1:40443/',
  );
});

test('the target’s own service comes first', async () => {
  expect(listenersOf(await reportOfShop()).map(({ service }) => service)).toEqual(['web', 'prices', 'vault']);
});

test('a shell runs the line as it is', async () => {
  const server = createServer((_, response) => response.end('it is reached')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const listener = { address: '127.0.0.1', ports: [{ port: 80, local: port }] };
    const names = [{ address: '127.0.0.1', hostnames: ['no-such-name.invalid'] }];
    const line = (await curlFor(listener, { names }, resolvesHere)) ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent --noproxy '*'`]);
    expect(stdout).toBe('it is reached');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('this machine is asked whether a name leads to the address', async () => {
  expect(await resolvesHere('localhost', '127.0.0.1')).toBe(true);
  expect(await resolvesHere('localhost', '127.1.2.3')).toBe(false);
  expect(await resolvesHere('no-such-name.invalid', '127.0.0.1')).toBe(false);
});
