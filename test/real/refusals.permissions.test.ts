import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rules, roleManifest } from '../../adapter/cluster/permissions.ts';
import {
  account,
  accountWith,
  allowed,
  binding,
  kubeconfigOf,
  tokenOf,
  type Permission,
} from './support/account.ts';
import { certificateProxy } from './support/certificates.ts';
import { F5, services } from './support/f5.ts';
import {
  expectUnchanged,
  InsidePod,
  kubectl,
  Namespace,
  snapshot,
  type Snapshot,
} from './support/harness.ts';
import { kubeconfigWith } from './support/kubeconfigs.ts';
import { expectRefused } from './support/refusal.ts';

const permissions: Permission[] = rules.flatMap(({ group, resource, verbs }) =>
  verbs.map((verb) => ({ group, resource, verb })),
);
const accountWithout = ({ resource, verb }: Permission) => `no-${verb}-${resource.replace('/', '-')}`;

let shop: Namespace;
let inside: InsidePod;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('rights');
  inside = await InsidePod.start(shop);
  await shop.apply(
    ...permissions.flatMap((missing) =>
      accountWith(
        accountWithout(missing),
        permissions.filter((permission) => permission !== missing),
      ),
    ),
    account('nobody'),
    account('former'),
  );
  before = await snapshot(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const connecting = 'Connecting to the cluster';

test.each(permissions)(
  'without the right to $verb $resource: it is named, nothing changed',
  async (missing) => {
    const name = accountWithout(missing);
    for (const present of permissions) if (present !== missing) await allowed(shop, name, present);
    await using file = await kubeconfigOf(shop, name);
    await expectRefused(
      {
        code: 'permission-missing',
        says: [
          `"${shop.name}": your account may not ${missing.verb} ${missing.resource}. Ask`,
          roleManifest(shop.name),
        ],
        at: connecting,
      },
      { namespace: shop.name, kubeconfig: file.path },
    );
    await expectUnchanged(before, shop);
  },
);

test('the token of an account that has been deleted', async () => {
  await using file = await kubeconfigOf(shop, 'former');
  await shop.kubectl('delete', 'serviceaccount', 'former');
  await expectRefused(
    { code: 'credentials-refused', says: ['refused the credentials', 'Log in again'], at: connecting },
    { namespace: shop.name, kubeconfig: file.path },
  );
  await expectUnchanged(before, shop);
});

test('the Role that the message prints is enough for a whole session, with a credential plugin', async () => {
  const token = await tokenOf(shop, 'nobody');
  const apiVersion = 'client.authentication.k8s.io/v1';
  const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });
  const exec = { apiVersion, command: 'sh', args: ['-c', `echo '${credential}'`], interactiveMode: 'Never' };
  await using file = await kubeconfigWith({ user: { exec } });

  const message = await expectRefused(
    { code: 'permission-missing', says: ['get pods, list pods, watch pods'], at: connecting },
    { namespace: shop.name, kubeconfig: file.path },
  );
  const role = message.slice(message.indexOf('apiVersion:'));
  await kubectl(['apply', '-f', '-'], role);
  await shop.apply(binding('nobody', 'localprocess-k8s'));
  for (const permission of permissions) await allowed(shop, 'nobody', permission);
  await session(file.path);
  await expectUnchanged(before, shop);
});

test('a user with a client certificate: requests and port-forwards show it, also those of the restoration', async () => {
  await using proxy = await certificateProxy();
  await session(proxy.kubeconfig.path);
  await expectUnchanged(before, shop);
  // Nothing went past the proxy, which lets nobody in without.
  expect(proxy.requests()).toBeGreaterThan(permissions.length);
});

/** A whole session: the traffic of the cluster arrives here. */
async function session(path: string): Promise<void> {
  const { node } = services;
  await using f5 = await F5.start({ kubeconfig: path, namespace: shop.name, service: node });
  await f5.configure(node.file, []);
  await f5.joined();
  await shop.originalsGone(node.target);
  const { body } = await inside.request(node.url);
  expect(JSON.parse(body)).toMatchObject({ answeredBy: 'local' });
  await f5.stop();
}
