import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { account, accountWith, allowed, kubeconfigOf } from './support/account.ts';
import { mainScript } from './support/f5.ts';
import { expectUnchanged, kubeconfig, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { realCluster } from './support/kubeconfigs.ts';
import { oddities } from './support/oddities.ts';

let shop: Namespace;
let before: Snapshot;

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
  before = await snapshot(shop);
});
afterAll(async () => {
  await expectUnchanged(before, shop);
  await shop[Symbol.asyncDispose]();
});

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
