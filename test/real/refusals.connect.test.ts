import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnchanged, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { kubeconfigWith, realCluster, type KubeconfigFile } from './support/kubeconfigs.ts';
import { closedPort } from './support/listening.ts';
import { expectRefused, type Expected } from './support/refusal.ts';

let shop: Namespace;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('connect');
  before = await snapshot(shop);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const connecting = 'Connecting to the cluster';

interface ClusterCase extends Expected {
  name: string;
  make: () => Promise<KubeconfigFile>;
  configuration?: Record<string, unknown>;
}

/** A credential plugin, as kubectl runs them: a program that prints an ExecCredential. */
function plugin(script: string): Promise<KubeconfigFile> {
  const apiVersion = 'client.authentication.k8s.io/v1';
  return kubeconfigWith({
    user: { exec: { apiVersion, command: 'sh', args: ['-c', script], interactiveMode: 'Never' } },
  });
}

const found = {
  configuration: { target: 'nonesuch' },
  code: 'target-missing',
  at: 'Looking for nonesuch',
} as const;

const clusterCases: ClusterCase[] = [
  {
    name: 'an API server that refuses connections',
    make: async () => kubeconfigWith({ server: `https://127.0.0.1:${await closedPort()}` }),
    code: 'cluster-unreachable',
    says: ['https://127.0.0.1:', 'context "kubecluster"', 'ECONNREFUSED', 'VPN'],
    at: connecting,
  },
  {
    name: 'a token that the API server does not know',
    make: () => kubeconfigWith({ user: { token: 'wrong' } }),
    code: 'credentials-refused',
    says: ['context "kubecluster"', 'refused the credentials', 'Unauthorized', 'Log in again'],
    at: connecting,
  },
  {
    name: 'no credentials',
    make: () => kubeconfigWith({ user: {} }),
    code: 'credentials-refused',
    says: ['context "kubecluster"', 'system:anonymous', 'Log in again'],
    at: connecting,
  },
  {
    name: 'a credential plugin that works',
    make: async () => {
      const { token } = await realCluster();
      const status = { token };
      const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status };
      return plugin(`test -n "$KUBERNETES_EXEC_INFO" && echo '${JSON.stringify(credential)}'`);
    },
    ...found,
    says: ['"nonesuch"'],
  },
  {
    name: 'a credential plugin that fails',
    make: () => plugin('echo "your session has expired, run: login" >&2; exit 7'),
    code: 'credentials-refused',
    says: ['context "kubecluster"', 'your session has expired, run: login', 'kubectl'],
    at: connecting,
  },
  {
    name: 'a credential plugin that fails without a word',
    make: () => plugin('exit 7'),
    code: 'credentials-refused',
    says: ['context "kubecluster"', 'exit code 7'],
    at: connecting,
  },
  {
    name: 'a credential plugin that prints nonsense',
    make: () => plugin('echo hello'),
    code: 'credentials-refused',
    says: ['context "kubecluster"', '"sh"', 'no ExecCredential'],
    at: connecting,
  },
  {
    name: 'a credential plugin that is not installed',
    make: () =>
      kubeconfigWith({
        user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' } },
      }),
    code: 'credentials-refused',
    says: ['"no-such-plugin"', 'ENOENT'],
    at: connecting,
  },
];

test.each(clusterCases)('$name', async ({ make, configuration, ...expected }) => {
  await using file = await make();
  await expectRefused(expected, {
    namespace: shop.name,
    kubeconfig: file.path,
    ...(configuration === undefined ? {} : { configuration }),
  });
  await expectUnchanged(before, shop);
});

test('an API server that accepts and never answers is given up after connectTimeoutSeconds', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  await using file = await kubeconfigWith({ server: `https://127.0.0.1:${port}` });
  const began = performance.now();
  await expectRefused(
    { code: 'cluster-unreachable', says: [`https://127.0.0.1:${port}`, 'within 2 s'], at: connecting },
    { namespace: shop.name, kubeconfig: file.path, configuration: { connectTimeoutSeconds: 2 } },
  );
  expect(performance.now() - began).toBeLessThan(10_000);
  silent.close();
  await expectUnchanged(before, shop);
});
