import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { account, accountWith, allowed, kubeconfigOf } from './support/account.ts';
import { mainScript, services } from './support/f5.ts';
import { kubeconfig, Namespace, stateOf } from './support/harness.ts';
import { realCluster } from './support/kubeconfigs.ts';
import { temporaryFolder } from './support/listening.ts';
import { oddities } from './support/oddities.ts';

let shop: Namespace;
let before: Awaited<ReturnType<typeof state>>;

beforeAll(async () => {
  shop = await Namespace.create('list');
  await shop.apply(
    ...oddities,
    account('nobody'),
    ...accountWith('half', [{ group: '', resource: 'services', verb: 'list' }]),
  );
  await shop.kubectl('delete', 'service', 'stock');
  await shop.kubectl('rollout', 'status', 'statefulset/ledger', 'daemonset/meter', '--timeout=60s');
  await shop.kubectl('wait', '--for=condition=Ready', 'pod/lone', '--timeout=60s');
  const unready = ['pod', '--selector', 'app=unready'];
  await shop.kubectl('wait', '--for=jsonpath={.status.phase}=Running', ...unready, '--timeout=60s');
  before = await state();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

/** What these commands could change, were they to change anything: they begin no session. */
async function state() {
  const { deployments, pods, hosts } = await stateOf(shop);
  return { deployments, pods, hosts };
}

const list = (...args: string[]) =>
  execa(process.execPath, [mainScript, 'list', ...args], { reject: false, input: '' });

async function listed(kind: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await list(kind, '--json', '--kubeconfig', kubeconfig, ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('the contexts of the kubeconfig', async () => {
  const { server } = await realCluster();
  expect(await listed('contexts')).toEqual({
    contexts: [{ name: 'kubecluster', server, namespace: 'default', current: true }],
  });
});

test('the namespaces of the cluster', async () => {
  const { namespaces } = await listed('namespaces');
  expect(namespaces).toContainEqual({ name: 'default', current: true });
  expect(namespaces).toContainEqual({ name: shop.name, current: false });
});

test('the targets of a namespace: services with pods, ports and image, a deployment without service, and what cannot be one', async () => {
  const { targets } = (await listed('targets', '--namespace', shop.name)) as {
    targets: { target: string; problem?: string }[];
  };
  const named = (name: string) => targets.find(({ target }) => target === name);
  expect(named('service/web')).toEqual({
    target: 'service/web',
    ready: 2,
    pods: 2,
    ports: [{ name: 'http', port: 80, containerPort: 3000 }],
    image: 'node:22-alpine',
    container: 'web',
  });
  expect(named('deployment/stock')).toMatchObject({ ready: 2, pods: 2, container: 'stock' });
  expect(named('deployment/web')).toBeUndefined();
  const problems: Record<string, RegExp> = {
    'service/ledger': /belongs to the StatefulSet "ledger"/,
    'service/meter': /belongs to the DaemonSet "meter"/,
    'service/lone': /has no controller/,
    'service/outside': /selects no pods/,
    'service/elsewhere': /names a host outside the cluster/,
    'service/asleep': /has no pod/,
    'service/unready': /none of its 1 pods is ready/,
  };
  for (const [name, says] of Object.entries(problems)) expect(named(name)?.problem).toMatch(says);
  for (const name of ['service/web', 'service/prices', 'service/redis', 'deployment/stock'])
    expect(named(name)).not.toHaveProperty('problem');
});

test('an account that may do nothing: its own namespace alone, and the Role to ask for', async () => {
  await using file = await kubeconfigOf(shop, 'nobody');
  const namespaces = await list('namespaces', '--json', '--kubeconfig', file.path);
  expect(JSON.parse(namespaces.stdout)).toEqual({
    namespaces: [{ name: 'default', current: true }],
    partial: expect.stringMatching(/^Your account may not list the namespaces .*"kubecluster"/),
  });
  const targets = await list('targets', '--json', '--kubeconfig', file.path, '--namespace', shop.name);
  expect(targets.exitCode).toBe(1);
  expect(JSON.parse(targets.stdout)).toMatchObject({
    error: {
      code: 'permission-missing',
      message: expect.stringMatching(/list services, list pods, list deployments\. Ask.*kind: Role/s),
    },
  });
});

test('an account that may list services alone is told what else it needs', async () => {
  await allowed(shop, 'half', { group: '', resource: 'services', verb: 'list' });
  await using file = await kubeconfigOf(shop, 'half');
  const { exitCode, stderr } = await list('targets', '--kubeconfig', file.path, '-n', shop.name);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^localprocess-k8s: error 204: .*your account may not list pods, list deployments\. Ask/,
  );
});

test('a namespace that is misspelt', async () => {
  const { stderr } = await list('targets', '--kubeconfig', kubeconfig, '-n', 'kube-sytem');
  expect(stderr).toMatch(/error 205: .*"kube-sytem".*did you mean "kube-system"\?/);
});

interface Seen {
  name: string;
  verdict: string;
  message: string;
  number?: number;
}

/** What `doctor` says of a configuration for the web service. */
async function doctor(path: string, ...args: string[]): Promise<{ able: boolean; checks: Seen[] }> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'launch.json');
  const { target, ports, debug } = services.node;
  const own = { name: 'web', type: 'localprocess-k8s', request: 'launch', namespace: shop.name };
  await writeFile(file, JSON.stringify({ configurations: [{ ...own, target, ports, debug }] }));
  const words = ['doctor', '--json', '--file', file, '--kubeconfig', path, ...args];
  const { exitCode, stdout } = await execa(process.execPath, [mainScript, ...words], { reject: false });
  const seen = JSON.parse(stdout) as { able: boolean; checks: Seen[] };
  expect(exitCode).toBe(seen.able ? 0 : 1);
  return seen;
}

const named = ({ checks }: { checks: Seen[] }, name: string) => checks.find((one) => one.name === name);

test('doctor: all that a session needs is there; the agent would be let in, and is not', async () => {
  const seen = await doctor(kubeconfig);
  expect(seen.checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(named(seen, 'target')?.message).toBe(
    `service/web in ${shop.name}: container web, 2 pods, ports 3000.`,
  );
  expect(named(seen, 'agent')).toMatchObject({ verdict: 'ok' });
  expect(named(seen, 'image')?.message).toBe('"node:22-alpine" is on 1 of 1 nodes.');
  expect(await state()).toEqual(before);
});

test('doctor: a quota that has no room for an agent', async () => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full' },
    spec: { hard: { pods: '0' } },
  };
  await shop.apply(quota);
  await shop.kubectl('wait', '--for=jsonpath={.status.hard.pods}=0', 'resourcequota/full', '--timeout=30s');
  const seen = await doctor(kubeconfig);
  expect(named(seen, 'agent')).toMatchObject({ verdict: 'failed', number: 301 });
  expect(named(seen, 'agent')?.message).toMatch(/Cannot place the agent .*exceeded quota: full/);
  await shop.kubectl('delete', 'resourcequota', 'full');
});

test('doctor: an account that may list services alone', async () => {
  await using file = await kubeconfigOf(shop, 'half');
  const seen = await doctor(file.path);
  expect(seen.able).toBe(false);
  expect(named(seen, 'permissions')).toMatchObject({ verdict: 'failed', number: 204 });
  expect(named(seen, 'permissions')?.message).toMatch(/may not get pods, list pods.*kind: Role/s);
  expect(named(seen, 'image')).toMatchObject({ verdict: 'warning' });
  expect(named(seen, 'image')?.message).toMatch(/shows only when an agent is placed/);
});
