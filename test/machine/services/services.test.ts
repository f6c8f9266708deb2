import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile } from 'node:fs/promises';
import net from 'node:net';
import { dirname } from 'node:path';
import { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import { exposeServices, type ClusterService } from '../../../adapter/machine/services/services.ts';
import { listeningSockets } from '../../../adapter/machine/processes/sockettable.ts';
import { Log } from '../../../adapter/log.ts';
import { UndoStack } from '../../../adapter/undo.ts';
import { alone, helperScript, hostsText, start } from '../helper.ts';
import { ask, echo, serve } from '../processes/server.ts';
import { askAs, cluster, options } from './shop.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;
const log = new Log('test', '/dev/null');
const redis: ClusterService = {
  name: 'redis-of-test',
  namespace: 'shop-of-test',
  host: 'redis-of-test.shop-of-test.svc',
  ports: [{ name: 'main', port: 6379 }, { port: 7000 }],
};

test('without administrator rights every port is a free one of 127.0.0.1', async () => {
  await using shop = await cluster();
  const undo = new UndoStack(log);
  const { services, entries } = await exposeServices(
    [redis],
    options(undo, { mode: 'environment', ...shop }),
  );
  expect(entries).toEqual([]);
  const [exposed] = services;
  expect(exposed).toMatchObject({ name: 'redis-of-test', address: '127.0.0.1', hostnames: [] });
  expect(exposed?.ports.map(({ name, port }) => ({ name, port }))).toEqual([
    { name: 'main', port: 6379 },
    { name: undefined, port: 7000 },
  ]);
  for (const { local } of exposed?.ports ?? []) expect(await ask('127.0.0.1', local, 'hello')).toBe('hello');
  expect(shop.dialled).toEqual([`${redis.host}:6379`, `${redis.host}:7000`]);
  await undo.undo();
  for (const { local } of exposed?.ports ?? [])
    expect(await ask('127.0.0.1', local, 'x')).toBe('ECONNREFUSED');
});

test('connections and bytes are counted for each service', async () => {
  await using shop = await cluster();
  const undo = new UndoStack(log);
  const exposure = await exposeServices(
    [redis, { ...redis, name: 'idle-of-test' }],
    options(undo, { mode: 'environment', ...shop }),
  );
  const [main, other] = exposure.services[0]?.ports ?? [];
  await ask('127.0.0.1', main?.local ?? 0, 'hello');
  const open = net.connect(other?.local ?? 0, '127.0.0.1');
  open.write('abc');
  await once(open, 'data');
  expect(exposure.services.map(({ name, traffic }) => ({ name, traffic }))).toEqual([
    { name: 'redis-of-test', traffic: { open: 1, total: 2, received: 8, sent: 8 } },
    { name: 'idle-of-test', traffic: { open: 0, total: 0, received: 0, sent: 0 } },
  ]);
  const reset = once(open, 'close').catch(() => undefined);
  await undo.undo();
  await reset;
});

asRoot('with names every service has an address of its own and its real ports', () =>
  alone(async () => {
    await using script = await helperScript();
    await using shop = await cluster();
    await using administrator = await start(script, { hostsFile: '/etc/hosts' });
    const before = await readFile('/etc/hosts');
    const undo = new UndoStack(log);
    const web: ClusterService = { ...redis, name: 'web-of-test', ports: [{ port: 80 }] };
    const away: ClusterService = { ...redis, name: 'away-of-test', namespace: 'other-of-test' };
    const { services, entries } = await exposeServices(
      [redis, web, away],
      options(undo, { mode: 'hosts', ...shop, administrator: () => Promise.resolve(administrator) }),
    );
    expect(new Set(services.map(({ address }) => address)).size).toBe(3);
    expect(entries[0]?.hostnames).toEqual([
      'redis-of-test',
      'redis-of-test.shop-of-test',
      'redis-of-test.shop-of-test.svc',
      'redis-of-test.shop-of-test.svc.cluster.local',
    ]);
    expect(entries[2]?.hostnames).not.toContain('away-of-test');
    expect(entries[2]?.hostnames).toContain('away-of-test.other-of-test');
    expect(await ask('redis-of-test', 6379, 'by name')).toBe('by name');
    expect(await ask('web-of-test.shop-of-test.svc.cluster.local', 80, 'low port')).toBe('low port');
    await undo.undo();
    expect(await readFile('/etc/hosts')).toEqual(before);
  }),
);

asRoot('two hundred services are there within two seconds, two sessions beside each other', () =>
  alone(async () => {
    await using script = await helperScript();
    await using shop = await cluster();
    const many = Array.from({ length: 200 }, (_, index) => ({
      ...redis,
      name: `many-${index}-of-test`,
      ports: [{ port: 80 }, { port: 16379 }],
    }));
    await using one = await start(script, { session: 'test-one' });
    await using two = await start(script, { session: 'test-two' });
    const undo = new UndoStack(log);
    const began = performance.now();
    const [first, second] = await Promise.all(
      [one, two].map((administrator) =>
        exposeServices(
          many,
          options(undo, { mode: 'hosts', ...shop, administrator: () => Promise.resolve(administrator) }),
        ),
      ),
    );
    expect(performance.now() - began).toBeLessThan(2000);
    const addresses = [first, second]
      .flatMap((exposure) => exposure?.services ?? [])
      .map(({ address }) => address);
    expect(new Set(addresses).size).toBe(400);
    for (const address of [...addresses.slice(0, 2), ...addresses.slice(-2)]) {
      expect(await ask(address, 80, 'low port')).toBe('low port');
      expect(await ask(address, 16379, 'high port')).toBe('high port');
    }
    await undo.undo();
    const left = (await listeningSockets()).filter(({ address }) => addresses.includes(address));
    expect(left).toEqual([]);
  }),
);

asRoot('without a packet filter, ports that the local process needs are left to it, and said', async () => {
  // Everything but the hosts file in its folder is beyond this helper, as the packet filter is in a container.
  await using script = await helperScript('', 'process.setgid(12345); process.setuid(12345);');
  await chown(dirname(script.hostsFile), 12345, 12345);
  await chown(script.hostsFile, 12345, 12345);
  await using shop = await cluster();
  await using taken = await serve('0.0.0.0', echo);
  await using administrator = await start(script);
  const undo = new UndoStack(log);
  const settings = options(undo, {
    mode: 'hosts',
    ...shop,
    localPorts: [7000],
    administrator: () => Promise.resolve(administrator),
  });
  const other: ClusterService = { ...redis, name: 'other-of-test', ports: [{ port: taken.port }] };
  const { services } = await exposeServices([redis, other], settings);
  expect(services.map(({ name, ports }) => [name, ports.map(({ port }) => port)])).toEqual([
    ['redis-of-test', [6379]],
  ]);
  expect(await ask(services[0]?.address ?? '', 6379, 'directly')).toBe('directly');
  expect(settings.warned).toHaveLength(1);
  expect(settings.warned[0]).toContain('"redis-of-test:7000" (the local process)');
  expect(settings.warned[0]).toContain(`process ${process.pid}`);
  expect(settings.warned[0]).toMatch(/Cannot redirect ports with iptables: .*Permission denied/);
  expect(settings.warned[0]).toContain('Install iptables');
  expect(await readFile(script.hostsFile, 'utf8')).not.toContain('other-of-test');
  await undo.undo();
  expect(await readFile(script.hostsFile, 'utf8')).toBe(hostsText);
});

test('a dial that fails in the cluster resets the connection', async () => {
  const undo = new UndoStack(log);
  const connect = () => {
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    setImmediate(() => stream.destroy(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })));
    return stream;
  };
  const { services } = await exposeServices([redis], options(undo, { mode: 'environment', connect }));
  expect(await ask('127.0.0.1', services[0]?.ports[0]?.local ?? 0, 'x')).toBe('ECONNRESET');
  await undo.undo();
});

asRoot('another person on the machine is refused', async () => {
  await using shop = await cluster();
  const undo = new UndoStack(log);
  const { services } = await exposeServices([redis], options(undo, { mode: 'environment', ...shop }));
  const port = services[0]?.ports[0]?.local ?? 0;
  expect(await askAs(0, '127.0.0.1', port)).toBe('hello');
  expect(await askAs(12345, '127.0.0.1', port)).toBe('ECONNRESET');
  expect(await askAs(0, '127.0.0.1', port)).toBe('hello');
  await undo.undo();
});

asRoot("one's own connections pass while another person is on the machine", async () => {
  await using shop = await cluster();
  const other = spawn('sleep', ['1000'], { uid: 12345, gid: 12345 });
  const undo = new UndoStack(log);
  const { services } = await exposeServices([redis], options(undo, { mode: 'environment', ...shop }));
  const port = services[0]?.ports[0]?.local ?? 0;
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => ask('127.0.0.1', port, `own ${index}`)),
  );
  expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => `own ${index}`));
  other.kill();
  await once(other, 'exit');
  await undo.undo();
});
