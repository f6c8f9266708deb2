import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { roleManifest, rules, rulesFor } from '../../adapter/cluster/permissions.ts';
import { nameServer } from '../machine/services/nameserver.ts';
import { accountWith, allowed, kubeconfigOf, tokenOf } from './support/account.ts';
import { echoPod, service, serviceTo, withSidecar } from './support/echo.ts';
import { get, hosts, mapped } from './support/reached.ts';
import { F5, services, type F5Options } from './support/f5.ts';
import { expectUnchanged, kubeconfig, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { realCluster } from './support/kubeconfigs.ts';
import { expectRefused } from './support/refusal.ts';

const { node } = services;
const many = Array.from({ length: 200 }, (_, index) => `bulk-${index}`);
let shop: Namespace;
let other: Namespace;
let before: Snapshot;
let f5: F5;

beforeAll(async () => {
  [shop, other] = await Promise.all([Namespace.create('services'), Namespace.empty('other')]);
  const selector = { app: 'echo' };
  await shop.apply(
    echoPod('echo-0', 'echo'),
    echoPod('sleepy-0', 'sleepy', false),
    ...withSidecar('sided', [`${shop.name}.svc.corp.example`]),
    service('echo', { clusterIP: 'None', selector, ports: [{ port: 80, targetPort: 8080 }] }),
    service('sleepy', {
      clusterIP: 'None',
      selector: { app: 'sleepy' },
      publishNotReadyAddresses: true,
      ports: [{ port: 8080 }],
    }),
    service('two', {
      selector,
      ports: [
        { name: 'web', port: 80, targetPort: 'web' },
        { name: 'admin', port: 9000, targetPort: 'admin' },
        { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      ],
    }),
    service('plain', { selector, ports: [{ port: 80, targetPort: 8080 }] }),
    service('outside', { type: 'ExternalName', externalName: `two.${shop.name}.svc.cluster.local` }),
    ...many.map((name) => service(name, { selector, ports: [{ port: 80, targetPort: 8080 }] })),
  );
  await shop.kubectl('wait', '--for=condition=Ready', 'pod/echo-0', '--timeout=60s');
  await shop.kubectl('rollout', 'status', 'deployment/sided', '--timeout=60s');
  const address = await shop.kubectl('get', 'pod', 'echo-0', '-o', 'jsonpath={.status.podIP}');
  await shop.apply(...serviceTo('bare', address));
  await other.apply(...serviceTo('db', address), ...serviceTo('cache', address));
  await slicesShow('echo', 'echo-0');
  await slicesShow('sleepy', 'sleepy-0');
  before = await snapshot(shop);
  f5 = await press({
    services: ['*', `${other.name}/db`, `${other.name}/later`],
    externalEndpoints: [`cache.${other.name}.svc.cluster.local:80`],
  });
}, 180_000);
afterAll(async () => {
  await Promise.all([shop[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
});

/** A session whose debugger runs, whether or not its traffic has come already. */
async function press(configuration: Record<string, unknown>, options: Partial<F5Options> = {}): Promise<F5> {
  const pressed = await F5.start({
    kubeconfig,
    namespace: shop.name,
    service: node,
    configuration,
    ...options,
  });
  await pressed.configure(node.file, []);
  expect(await pressed.launched).toMatchObject({ success: true });
  return pressed;
}

/** Resolves when the endpoint slices of a service have come to hold a pod's name, or not. */
async function slicesShow(name: string, hostname: string, wanted = true): Promise<void> {
  const slices = ['endpointslices', '-l', `kubernetes.io/service-name=${name}`, '-o', 'json'];
  while ((await shop.kubectl('get', ...slices)).includes(`"hostname": "${hostname}"`) !== wanted)
    await pause(100);
}
const said = (session: F5) => session.client.output('console') + session.client.output('important');

test('several ports, named and unnamed, target ports by name, the same port number on many', async () => {
  expect(await get('http://two/')).toBe('echo-0:8080');
  expect(await get('http://two:9000/')).toBe('echo-0:9090');
  expect(await get('http://plain/')).toBe('echo-0:8080');
});

test('all the names a pod would use', async () => {
  const full = `two.${shop.name}.svc.cluster.local`;
  for (const name of ['two', `two.${shop.name}`, `two.${shop.name}.svc`, full])
    expect(await get(`http://${name}:9000/`)).toBe('echo-0:9090');
});

test('200 services in a namespace: they all have a name, and the phase took under 2 s', async () => {
  const text = await hosts();
  const addresses = many.map((name) => new RegExp(`^(127\\.\\S+) ${name} `, 'm').exec(text)?.[1]);
  expect(new Set(addresses).size).toBe(200);
  for (const name of ['bulk-0', 'bulk-100', 'bulk-199'])
    expect(await get(`http://${name}/`)).toBe('echo-0:8080');
  const log = await readFile(f5.logPath(), 'utf8');
  const at = (words: string) => Date.parse(new RegExp(`^(\\S+) .*${words}`, 'm').exec(log)?.[1] ?? '');
  const took = at('Starting ') - at('Preparing this machine');
  process.stderr.write(`exposing ${many.length} services took ${took} ms\n`);
  expect(took).toBeLessThan(2000);
});

test('a service without a selector', async () => {
  expect(await get('http://bare/')).toBe('echo-0:8080');
});

test("a headless service, on its pods' own ports, and each pod by its own name", async () => {
  for (const name of ['echo', 'echo-0.echo', `echo-0.echo.${shop.name}.svc.cluster.local`])
    expect(await get(`http://${name}:8080/`)).toBe('echo-0:8080');
});

test('a headless service that publishes pods which are not ready', async () => {
  expect(await get('http://sleepy-0.sleepy:8080/')).toBe('sleepy-0:8080');
});

test('an ExternalName, on port 80 where it declares none', async () => {
  expect(await get('http://outside/')).toBe('echo-0:8080');
});

test('services of another namespace by their full names, those asked for only', async () => {
  expect(await get(`http://db.${other.name}/`)).toBe('echo-0:8080');
  expect(await get(`http://db.${other.name}.svc.cluster.local/`)).toBe('echo-0:8080');
  const text = await hosts();
  expect(text).not.toMatch(/ db /);
  expect(text).not.toContain(`cache.${other.name}.svc `);
});

test('a service asked for by name that is not there: said, and reached when it comes', async () => {
  expect(said(f5)).toContain(`There is no service "${other.name}/later" yet`);
  const address = await shop.kubectl('get', 'pod', 'echo-0', '-o', 'jsonpath={.status.podIP}');
  await other.apply(...serviceTo('later', address));
  expect(await mapped(`later.${other.name}`)).toBe(true);
  expect(await get(`http://later.${other.name}/`)).toBe('echo-0:8080');
});

test('names known to the cluster alone: externalEndpoints', async () => {
  expect(await get(`http://cache.${other.name}.svc.cluster.local/`)).toBe('echo-0:8080');
});

test('UDP ports are said once not to be reached', () => {
  expect(said(f5).match(/Only TCP is reached[^\n]*"two:53\/UDP"/g)).toHaveLength(1);
});

test('a service created or deleted during the session appears or disappears; open connections stay', async () => {
  const ports = [{ port: 80, targetPort: 8080 }];
  await shop.apply(service('fresh', { selector: { app: 'echo' }, ports }));
  expect(await mapped('fresh')).toBe(true);
  expect(await get('http://fresh/')).toBe('echo-0:8080');

  await shop.apply(
    service('fresh', { selector: { app: 'echo' }, ports: [{ port: 8181, targetPort: 8080 }] }),
  );
  const deadline = Date.now() + 1000;
  let answer = '';
  while (answer !== 'echo-0:8080' && Date.now() < deadline)
    answer = await get('http://fresh:8181/').catch(() => pause(20).then(() => ''));
  expect(answer).toBe('echo-0:8080');

  const socket = net.connect(8181, 'fresh');
  const ask = async () => {
    socket.write('GET / HTTP/1.1\r\nhost: fresh\r\n\r\n');
    return String((await once(socket, 'data'))[0]);
  };
  expect(await ask()).toContain('echo-0:8080');
  await shop.kubectl('delete', 'service', 'fresh');
  expect(await mapped('fresh', false)).toBe(true);
  expect(await ask()).toContain('echo-0:8080');
  socket.destroy();
});

test('pods of a headless service come and go, also under the same name', async () => {
  await shop.apply(echoPod('echo-1', 'echo'));
  await shop.kubectl('wait', '--for=condition=Ready', 'pod/echo-1', '--timeout=60s');
  await slicesShow('echo', 'echo-1');
  expect(await mapped('echo-1.echo')).toBe(true);
  expect(await get('http://echo-1.echo:8080/')).toBe('echo-1:8080');
  await shop.kubectl('delete', 'pod', 'echo-1');
  await slicesShow('echo', 'echo-1', false);
  expect(await mapped('echo-1.echo', false)).toBe(true);
  await shop.apply(echoPod('echo-1', 'echo'));
  await shop.kubectl('wait', '--for=condition=Ready', 'pod/echo-1', '--timeout=60s');
  await slicesShow('echo', 'echo-1');
  expect(await mapped('echo-1.echo')).toBe(true);
  expect(await get('http://echo-1.echo:8080/')).toBe('echo-1:8080');
  await shop.kubectl('delete', 'pod', 'echo-1');
});

test('after all that nothing is left', async () => {
  await f5.stop();
  await expectUnchanged(before, shop);
});

test("the pod's own localhost: its sidecar's port is here, and the sidecar reaches the local process; the pod's own domain is known", async () => {
  {
    await using session = await press(
      { podPorts: ['16001:15001', '15001'], ports: ['3000'] },
      { service: { ...node, target: 'service/sided', ports: ['3000'] } },
    );
    for (const port of [15001, 16001]) expect(await get(`http://127.0.0.1:${port}/`)).toBe('the sidecar');
    const text = await hosts();
    expect(text).toContain(`two.${shop.name}.svc.cluster.local two.${shop.name}.svc.corp.example`);
    expect(await get(`http://two.${shop.name}.svc.corp.example:9000/`)).toBe('echo-0:9090');
    await session.joined();
    expect(await get('http://127.0.0.1:15001/app')).toBe('app: local');
    await session.stop();
  }
  await expectUnchanged(before, shop);
});

test('a name.namespace that already resolves here is left as it is', async () => {
  await using server = await nameServer(
    { [`two.${shop.name}`]: '203.0.113.7' },
    { host: '127.77.0.53', port: 53 },
  );
  const resolver = join(tmpdir(), `resolv-${process.pid}.conf`);
  await writeFile(resolver, 'nameserver 127.77.0.53\n');
  const script = `mount --bind ${resolver} /etc/resolv.conf && exec "$@"`;
  try {
    await using session = await press({}, { prefix: ['unshare', '-m', 'sh', '-c', script, 'sh'] });
    expect(server.asked).toContain(`plain.${shop.name}`);
    expect(said(session)).toContain(
      `Names left as they are: "two.${shop.name}" (it means something outside the cluster)`,
    );
    const text = await hosts();
    expect(text).not.toContain(` two.${shop.name} `);
    expect(text).toContain(` two.${shop.name}.svc `);
    expect(text).toContain(` plain.${shop.name} `);
    await session.stop();
  } finally {
    await rm(resolver);
  }
  await expectUnchanged(before, shop);
});

test('rights in another namespace are asked for before anything is touched, with the Role for that one', async () => {
  const permissions = rules.flatMap(({ group, resource, verbs }) =>
    verbs.map((verb) => ({ group, resource, verb })),
  );
  await shop.apply(...accountWith('stranger', permissions));
  for (const permission of permissions) await allowed(shop, 'stranger', permission);
  await using file = await kubeconfigOf(shop, 'stranger');
  const at = 'Connecting to the cluster';
  const options = { namespace: shop.name, kubeconfig: file.path };
  await expectRefused(
    {
      code: 'permission-missing',
      says: [
        `services of the namespace "${other.name}": your account may not get services "db"`,
        roleManifest(other.name, rulesFor({ names: ['db'] })),
      ],
      at,
    },
    { ...options, configuration: { services: ['*', `${other.name}/db`] } },
  );
  await expectRefused(
    { code: 'permission-missing', says: ['"*/db"', 'may not list namespaces'], at },
    { ...options, configuration: { services: ['*/db'] } },
  );
  await expectRefused(
    { code: 'namespace-missing', says: ['"nowhere-at-all"'], at },
    { namespace: shop.name, configuration: { services: ['nowhere-at-all/*'] } },
  );
  await expectRefused(
    { code: 'namespace-missing', says: ['"nowhere-*"'], at },
    { namespace: shop.name, configuration: { services: ['nowhere-*/x'] } },
  );
  await expectUnchanged(before, shop);
});

/** A local process that says what it sees. */
const insight = join(process.cwd(), 'test', 'fixtures', 'insight.mjs');

test.each(['system', 'private'])(
  'the names are in the %s hosts file, and an in-cluster client library works from the local process',
  async (where) => {
    const list = { group: '', resource: 'pods', verb: 'list' };
    await shop.apply(...accountWith('client', [list]));
    await allowed(shop, 'client', list);
    const prefix = await mkdtemp(join(tmpdir(), 'account-'));
    const account = join(prefix, 'var', 'run', 'secrets', 'kubernetes.io', 'serviceaccount');
    await mkdir(account, { recursive: true });
    await writeFile(join(account, 'token'), await tokenOf(shop, 'client'));
    await writeFile(join(account, 'ca.crt'), (await realCluster()).authority);
    const machines = await hosts();
    const service = { ...node, file: insight, debug: { ...node.debug, program: insight } };
    try {
      await using session = await press({ hosts: where }, { service });
      await session.joined();
      const local = 'http://127.0.0.1:3000';
      expect(await get(`${local}/get?url=http://prices:5000/healthz`)).toMatch(/^200 /);
      expect(await get(`${local}/get?url=http://two.${shop.name}:9000/`)).toBe('200 echo-0:9090');
      expect(await get(`${local}/pods?namespace=${shop.name}&prefix=${prefix}`)).toContain('echo-0');
      expect(await get(`${local}/environment?name=KUBERNETES_SERVICE_HOST`)).toBe('kubernetes.default.svc');
      expect((await hosts()) === machines).toBe(where === 'private');
      const log = await readFile(session.logPath(), 'utf8');
      expect(log.includes('Starting the helper')).toBe(where === 'system');
      await session.stop();
    } finally {
      await rm(prefix, { recursive: true });
    }
    await expectUnchanged(before, shop);
  },
);
