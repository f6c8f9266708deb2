import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { F5, services } from './support/f5.ts';
import { expectUnchanged, kubeconfig, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { crowded, heavy } from './support/oddities.ts';
import { denyAgents } from './support/policy.ts';
import { expectRefused } from './support/refusal.ts';

let shop: Namespace;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('agents');
  // Half of the node's processor, and a little more: a second one finds no room beside it.
  await shop.apply(...heavy('1100m'), ...crowded());
  await shop.available();
  before = await snapshot(shop);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const placing = 'Placing the agent';

test.each([
  {
    name: 'cannot be pulled',
    agent: { image: 'localhost/no-such-image:1', imagePullPolicy: 'Always' },
    words: /\((ErrImagePull|ImagePullBackOff): .*localhost\/no-such-image:1/s,
  },
  {
    name: 'may not be pulled',
    agent: { image: 'localhost/no-such-image:1', imagePullPolicy: 'Never' },
    words: /ErrImageNeverPull: .*localhost\/no-such-image:1/s,
  },
  {
    name: 'has a name that is none',
    agent: { image: 'Not An Image' },
    words: /InvalidImageName: .*Not An Image/s,
  },
])("an agent image that $name: the kubelet's own words", async ({ agent, words }) => {
  const began = performance.now();
  await expectRefused(
    { code: 'image-unavailable', says: [`"${agent.image}"`, words, '"agent.image"'], at: placing },
    { namespace: shop.name, configuration: { agent: { ...agent, startupTimeoutSeconds: 20 } } },
  );
  expect(performance.now() - began).toBeLessThan(25_000);
  await expectUnchanged(before, shop);
});

test('an agent image without Node.js', async () => {
  await expectRefused(
    {
      code: 'agent-not-started',
      says: [/"(web-[a-z0-9]+-local-[0-9a-f]{8}-\d)"/, '"node": executable file not found', 'Node.js 20'],
      at: placing,
    },
    { namespace: shop.name, configuration: { agent: { image: 'busybox:1' } } },
  );
  await expectUnchanged(before, shop);
});

test("an admission policy refuses the agent: the policy's own words", async () => {
  {
    await using policy = await denyAgents(shop, 'Nobody debugs here on a Friday.');
    await expectRefused(
      {
        code: 'agent-refused',
        says: [shop.name, policy.name, 'Nobody debugs here on a Friday.'],
        at: placing,
      },
      { namespace: shop.name },
    );
  }
  await expectUnchanged(before, shop);
});

test('a quota that is full for the second of two agents: the first one goes as well', async () => {
  const pods = (await shop.get('pods')).items.length;
  await shop.kubectl('create', 'quota', 'small', `--hard=pods=${pods + 1}`);
  const counted = '--for=jsonpath={.status.used.pods}=' + String(pods);
  await shop.kubectl('wait', counted, 'quota/small', '--timeout=30s');
  await expectRefused(
    {
      code: 'agent-refused',
      says: [shop.name, 'exceeded quota: small', `limited: pods=${pods + 1}`],
      at: placing,
    },
    { namespace: shop.name },
  );
  await shop.kubectl('delete', 'quota', 'small');
  await expectUnchanged(before, shop);
});

test("a node that is full: the scheduler's own words", async () => {
  await expectRefused(
    {
      code: 'agent-unschedulable',
      says: ['within 4 s', 'Insufficient cpu', '"agent.startupTimeoutSeconds"'],
      at: placing,
    },
    {
      namespace: shop.name,
      service: { ...services.node, target: 'service/heavy', ports: ['3000:80'] },
      configuration: { agent: { startupTimeoutSeconds: 4 } },
    },
  );
  await expectUnchanged(before, shop);
});

test('a port that another container of the pod has: said when the process listens, the originals go on serving', async () => {
  await using f5 = await F5.start({
    kubeconfig,
    namespace: shop.name,
    service: { ...services.node, target: 'deployment/crowded', ports: ['3000:7070'] },
  });
  await f5.configure(services.node.file, []);
  await f5.client.waitForEvent('terminated');
  const said = f5.client.output('important');
  for (const words of [
    '"deployment/crowded"',
    'EADDRINUSE',
    '7070".',
    'The originals go on serving',
    '"ports"',
  ])
    expect(said).toContain(words);
  await f5.stop();
  await expectUnchanged(before, shop);
});
