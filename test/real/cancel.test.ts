import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { F5, services, type ShopService } from './support/f5.ts';
import { expectUnchanged, kubeconfig, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { kubeconfigWith } from './support/kubeconfigs.ts';
import { heavy } from './support/oddities.ts';
import { expectClear, stepsOf } from './support/refusal.ts';

let shop: Namespace;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('cancel');
  await shop.apply(...heavy('1100m'));
  await shop.available();
  before = await snapshot(shop);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

/** How long the answer to a cancelled launch may take, in milliseconds. */
const prompt = 5000;

const cancelled = {
  code: 'cancelled',
  says: ['The launch was cancelled; everything is as it was.'],
} as const;

function press(service: ShopService, configuration: Record<string, unknown> = {}): Promise<F5> {
  const client = { supportsProgressReporting: true };
  return F5.start({ kubeconfig, namespace: shop.name, service, client, configuration });
}

/** Resolves when the step begins, with what a `cancel` has to name. */
async function step({ client, launched }: F5, title: string): Promise<{ progressId: unknown }> {
  const isIt = ({ body }: { body?: Record<string, unknown> }) => body?.message === title;
  const begun = client.waitForEvent('progressStart').then(async (start) => {
    if (!isIt(start)) await client.waitForEvent('progressUpdate', isIt);
    return { progressId: start.body?.progressId };
  });
  const failed = launched.then(({ message }) => {
    throw new Error(`The launch ended before "${title}": ${message ?? 'it succeeded'}`);
  });
  return Promise.race([begun, failed]);
}

const { node, python, go } = services;
const steps: { title: string; service: ShopService }[] = [
  ...[
    'Connecting to the cluster',
    'Looking for service/web',
    'Placing the agent',
    'Opening the tunnel',
    'Reading the environment',
    'Preparing this machine',
    'Starting the debugger (pwa-node)',
  ].map((title) => ({ title, service: node })),
  { title: 'Starting the debugger (debugpy)', service: python },
  { title: 'Starting the debugger (go)', service: go },
];

test.each(steps)('cancelled at "$title": nothing is left', async ({ title, service }) => {
  {
    await using f5 = await press(service);
    const { progressId } = await step(f5, title);
    const began = performance.now();
    await f5.client.body('cancel', { progressId });
    expectClear(await f5.launched, cancelled);
    expect(performance.now() - began).toBeLessThan(prompt);
    // Some steps are over before an answer to them can arrive, but not two.
    const begun = stepsOf(f5);
    expect(begun.slice(begun.indexOf(title)).length).toBeLessThanOrEqual(2);
    await f5.client.waitForEvent('progressEnd');
    await f5.client.waitForEvent('terminated');
    await f5.stop();
    expect(f5.client.stderr).toBe('');
  }
  await expectUnchanged(before, shop);
});

test('every step of a launch is among those', async () => {
  const { debug } = node;
  await using f5 = await press({ ...node, debug });
  await f5.configure(node.file, []);
  await f5.joined();
  expect(stepsOf(f5)).toEqual(steps.filter(({ service }) => service === node).map(({ title }) => title));
  await f5.stop();
  await expectUnchanged(before, shop);
});

interface Way {
  name: string;
  end: (f5: F5) => unknown;
  /** Whether there is somebody to whom the launch can be answered. */
  answered: boolean;
}

const ways: Way[] = [
  {
    name: 'the number of its request',
    end: (f5) => f5.client.body('cancel', { requestId: f5.launchSeq }),
    answered: true,
  },
  { name: 'terminate', end: (f5) => f5.client.body('terminate'), answered: true },
  { name: 'disconnect', end: (f5) => f5.client.body('disconnect', {}), answered: true },
  { name: 'SIGTERM', end: (f5) => f5.client.process?.kill('SIGTERM'), answered: true },
  { name: 'closing its input', end: (f5) => f5.client.hangUp(), answered: false },
];

const moments = ['Placing the agent', 'Preparing this machine'];
const endings = ways.flatMap((way) => moments.map((title) => ({ ...way, title })));

test.each(endings)('ended by $name at "$title": nothing is left', async ({ end, answered, title }) => {
  {
    await using f5 = await press(node);
    await step(f5, title);
    const { process } = f5.client;
    if (!process) throw new Error('The adapter has no process.');
    const exited = once(process, 'exit');
    await end(f5);
    if (answered) expectClear(await f5.launched, cancelled);
    f5.client.hangUp();
    expect(await exited).toEqual([0, null]);
    expect(f5.client.stderr).toBe('');
  }
  await expectUnchanged(before, shop);
});

test('cancelled while no node has room for the agent', async () => {
  {
    await using f5 = await press({ ...node, target: 'service/heavy', ports: ['3000:80'] });
    const { progressId } = await step(f5, 'Placing the agent');
    await f5.said(/The scheduler finds no node for the agent yet: .*Insufficient cpu/);
    const began = performance.now();
    await f5.client.body('cancel', { progressId });
    expectClear(await f5.launched, cancelled);
    expect(performance.now() - began).toBeLessThan(prompt);
    await f5.stop();
  }
  await expectUnchanged(before, shop);
});

test('cancelled while a credential plugin waits for its user: the plugin ends as well', async () => {
  const script = 'exec sleep 1000';
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  await using file = await kubeconfigWith({ user: { exec } });
  {
    await using f5 = await press(node, { kubeconfig: file.path });
    const { progressId } = await step(f5, 'Connecting to the cluster');
    const began = performance.now();
    await f5.client.body('cancel', { progressId });
    expectClear(await f5.launched, cancelled);
    expect(performance.now() - began).toBeLessThan(prompt);
    await f5.stop();
  }
  await expectUnchanged(before, shop);
});
