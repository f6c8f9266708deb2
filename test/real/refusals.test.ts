import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, test } from '@jest/globals';
import { expectUnchanged, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { oddities } from './support/oddities.ts';
import { expectRefused, type Expected } from './support/refusal.ts';

let shop: Namespace;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('refusals');
  await shop.apply(...oddities);
  await shop.kubectl('rollout', 'status', 'statefulset/ledger', 'daemonset/meter', '--timeout=60s');
  await shop.kubectl('wait', '--for=condition=Ready', 'pod/lone', '--timeout=60s');
  const unready = ['pod', '--selector', 'app=unready'];
  await shop.kubectl('wait', '--for=jsonpath={.status.phase}=Running', ...unready, '--timeout=60s');
  before = await snapshot(shop);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

type Case = Expected & { name: string; configuration: Record<string, unknown> };

const connecting = 'Connecting to the cluster';
const looking = (target: string) => `Looking for ${target}`;

const cases: Case[] = [
  // 1. The configuration.
  {
    name: 'no debug',
    configuration: { debug: undefined },
    code: 'configuration-invalid',
    says: ['"debug" is missing: your own debug configuration'],
    at: undefined,
  },
  {
    name: 'a misspelt attribute',
    configuration: { namespase: 'x' },
    code: 'configuration-invalid',
    says: ['"namespase" is no attribute', 'did you mean "namespace"?'],
    at: undefined,
  },
  {
    name: 'an attribute of the debugger beside "debug"',
    configuration: { skipFiles: [] },
    code: 'configuration-invalid',
    says: ['"skipFiles" is no attribute', 'belong inside "debug"'],
    at: undefined,
  },
  {
    name: 'wrong types, all of them told at once',
    configuration: { ports: '3000:http', agent: { drainSeconds: 'long' }, env: { A: 1 } },
    code: 'configuration-invalid',
    says: [
      '"ports" has to be a list, and is "3000:http".',
      '"agent.drainSeconds" has to be a number, and is "long".',
      '"env.A" has to be a text or null, and is 1.',
    ],
    at: undefined,
  },
  {
    name: 'ports that are no pair',
    configuration: { ports: ['http:3000'] },
    code: 'configuration-invalid',
    says: ['"ports.0" has to be "LOCAL:REMOTE"', '"http:3000"'],
    at: undefined,
  },
  {
    name: 'a port that no machine has',
    configuration: { ports: ['70000:http'] },
    code: 'configuration-invalid',
    says: ['70000', 'ports are 1 to 65535'],
    at: looking('service/web'),
  },
  {
    name: 'a target that cannot be read',
    configuration: { target: 'service/web/3000' },
    code: 'configuration-invalid',
    says: ['"service/web/3000"', 'service/NAME'],
    at: looking('service/web/3000'),
  },

  // 2. The cluster.
  {
    name: 'no such kubeconfig',
    configuration: { kubeconfig: '/no/such/kubeconfig' },
    code: 'kubeconfig-unreadable',
    says: ['"/no/such/kubeconfig"', 'no such file', 'KUBECONFIG'],
    at: connecting,
  },
  {
    name: 'no such context',
    configuration: { context: 'kubeclutser' },
    code: 'context-missing',
    says: ['"kubeclutser"', 'did you mean "kubecluster"?', 'It has "kubecluster".'],
    at: connecting,
  },

  // 3. The target.
  {
    name: 'no such namespace',
    configuration: { namespace: 'kube-sytem' },
    code: 'namespace-missing',
    says: ['"kube-sytem"', 'did you mean "kube-system"?'],
    at: looking('service/web'),
  },
  {
    name: 'no such service',
    configuration: { target: 'service/wbe' },
    code: 'target-missing',
    says: ['service "wbe"', 'did you mean "web"?', '"prices"', '"stock"'],
    at: looking('service/wbe'),
  },
  {
    name: 'a bare name is a service',
    configuration: { target: 'priecs' },
    code: 'target-missing',
    says: ['service "priecs"', 'did you mean "prices"?'],
    at: looking('priecs'),
  },
  {
    name: 'no such deployment',
    configuration: { target: 'deploy/sotck' },
    code: 'target-missing',
    says: ['deployment "sotck"', 'did you mean "stock"?'],
    at: looking('deploy/sotck'),
  },
  {
    name: 'no such container',
    configuration: { target: 'service/prices', ports: [], container: 'pricse' },
    code: 'container-missing',
    says: ['container "pricse"', 'did you mean "prices"?', 'It has "prices", "audit".'],
    at: looking('service/prices'),
  },
  {
    name: 'no such port',
    configuration: { ports: ['3000:htpt'] },
    code: 'port-missing',
    says: ['port "htpt" of the container "web"', 'did you mean "http"?', '3000'],
    at: looking('service/web'),
  },
  {
    name: 'a target without a ready pod',
    configuration: { target: 'service/unready', ports: [] },
    code: 'target-not-ready',
    says: ['"service/unready"', 'none of its 1 pods is ready', 'unready-', 'containers with unready status'],
    at: looking('service/unready'),
  },
  {
    name: 'a target that is scaled to zero',
    configuration: { target: 'deployment/asleep', ports: [] },
    code: 'target-not-ready',
    says: ['"deployment/asleep"', 'it has no pod', 'Scale its workload up'],
    at: looking('deployment/asleep'),
  },
  {
    name: 'pods of a StatefulSet',
    configuration: { target: 'service/ledger', ports: [] },
    code: 'target-unsupported',
    says: ['"service/ledger" yet', '"ledger-0"', 'StatefulSet "ledger"', 'Nothing was changed.'],
    at: looking('service/ledger'),
  },
  {
    name: 'pods of a DaemonSet',
    configuration: { target: 'service/meter', ports: [] },
    code: 'target-unsupported',
    says: ['"service/meter" yet', 'DaemonSet "meter"', 'Nothing was changed.'],
    at: looking('service/meter'),
  },
  {
    name: 'a pod without controller',
    configuration: { target: 'pod/lone', ports: [] },
    code: 'target-unsupported',
    says: ['"pod/lone" yet', 'has no controller', 'Nothing was changed.'],
    at: looking('pod/lone'),
  },
  {
    name: 'a service without selector',
    configuration: { target: 'outside', ports: [] },
    code: 'target-unsupported',
    says: ['service "outside"', 'selects no pods'],
    at: looking('outside'),
  },
  {
    name: 'a service that names a host elsewhere',
    configuration: { target: 'elsewhere', ports: [] },
    code: 'target-unsupported',
    says: ['service "elsewhere"', 'a host outside the cluster'],
    at: looking('elsewhere'),
  },
  {
    name: 'a kind that is not supported',
    configuration: { target: 'statefulset/ledger', ports: [] },
    code: 'target-unsupported',
    says: ['"statefulset/ledger" yet', 'deployment', 'Nothing was changed.'],
    at: looking('statefulset/ledger'),
  },
];

test.each(cases)(
  '$name: one clear error, nothing changed',
  async ({ name: _, code, says, at, ...options }) => {
    await expectRefused({ code, says, at }, { namespace: shop.name, ...options });
    await expectUnchanged(before, shop);
  },
);

test('a local port in use: the process that has it is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expectRefused(
    {
      code: 'port-in-use',
      says: [`port "${port}"`, `(process ${process.pid}, "`, '"ports"'],
      at: looking('service/web'),
    },
    { namespace: shop.name, configuration: { ports: [`${port}:http`] } },
  );
  other.close();
  await expectUnchanged(before, shop);
});
