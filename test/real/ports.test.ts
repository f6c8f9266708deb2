import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { F5, services, type F5Options } from './support/f5.ts';
import {
  expectUnchanged,
  InsidePod,
  kubeconfig,
  Namespace,
  snapshot,
  type Snapshot,
} from './support/harness.ts';
import { expectRefused } from './support/refusal.ts';

let shop: Namespace;
let inside: InsidePod;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('ports');
  inside = await InsidePod.start(shop);
  // The second port of the container that a service routes to.
  await shop.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'second' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8081 }] },
  });
  before = await snapshot(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const { node } = services;
const listens = `require('node:net').createServer().listen(3000, () => console.log('up')); process.on('SIGTERM', () => process.exit(7));`;

/** A server of the user's that has port 3000; ended with the test. */
async function occupant(): Promise<
  AsyncDisposable & { pid: number; child: ChildProcess; ended: Promise<unknown> }
> {
  const child = spawn(process.execPath, ['-e', listens], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => code ?? signal);
  await once(child.stdout, 'data');
  return {
    pid: child.pid ?? 0,
    child,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function start(configuration: Record<string, unknown>, more: Partial<F5Options> = {}): Promise<F5> {
  return F5.start({ kubeconfig, namespace: shop.name, service: node, configuration, ...more });
}

async function joined(f5: F5): Promise<void> {
  await f5.configure(node.file, []);
  await f5.joined();
  await shop.originalsGone(node.target);
}

test.each([{ portConflict: 'fail' }, { portConflict: 'ask' }, {}])(
  'a port that is taken, %j, without an editor that can ask: an error, nothing changed',
  async (configuration) => {
    await using server = await occupant();
    await expectRefused(
      {
        code: 'port-in-use',
        says: [
          `"node" (process ${server.pid}, "`,
          'another local port in "ports", e.g. "3001:3000"',
          '"portConflict": "stop"',
        ],
        at: 'Looking for service/web',
      },
      { namespace: shop.name, configuration },
    );
    expect(server.child.exitCode).toBeNull();
    await expectUnchangedWithout(server);
  },
);

test('"stop" ends the process that has the port, and the session takes its place', async () => {
  await using server = await occupant();
  await using f5 = await start({ portConflict: 'stop' });
  await joined(f5);
  expect(await server.ended).toBe(7);
  expect((await inside.request('http://web/who')).body).toBe('local');
  await f5.stop();
  await expectUnchanged(before, shop);
}, 120_000);

test('"ask": the editor asks once, and its answer ends the process', async () => {
  await using server = await occupant();
  await using f5 = await start({ __questions: true });
  const { body } = await f5.client.waitForEvent('localprocess-k8s.question');
  expect(body?.text).toContain(`"node" (process ${server.pid}, "`);
  await f5.client.body('localprocess-k8s.answer', { id: body?.id, choice: 'Stop it' });
  await joined(f5);
  expect(await server.ended).toBe(7);
  expect(f5.client.events('localprocess-k8s.question')).toHaveLength(1);
  await f5.stop();
  await expectUnchanged(before, shop);
}, 120_000);

test.each(['Cancel', 'the progress'])(
  'a launch that is cancelled by %s at the question changes nothing',
  async (how) => {
    await using server = await occupant();
    await using f5 = await start({ __questions: true }, { client: { supportsProgressReporting: true } });
    const { body } = await f5.client.waitForEvent('localprocess-k8s.question');
    if (how === 'Cancel') await f5.client.body('localprocess-k8s.answer', { id: body?.id, choice: 'Cancel' });
    else {
      const [started] = f5.client.events('progressStart');
      await f5.client.body('cancel', { progressId: started?.body?.progressId });
    }
    expect(await f5.launched).toMatchObject({ success: false, body: { error: { id: 600 } } });
    await f5.stop();
    expect(server.child.exitCode).toBeNull();
    await expectUnchangedWithout(server);
  },
);

test('a port that another session’s process has is never freed', async () => {
  await using first = await start({});
  await joined(first);
  const refused = await expectRefused(
    {
      code: 'port-in-use',
      says: ['belongs to the session "', 'on "service/web"', 'restore --session'],
      at: 'Looking for service/stock',
    },
    {
      namespace: shop.name,
      service: services.go,
      configuration: { ports: ['3000:api'], portConflict: 'stop' },
    },
  );
  expect(refused).not.toContain('"portConflict"');
  expect((await inside.request('http://web/who')).body).toBe('local');
  await first.stop();
  await expectUnchanged(before, shop);
}, 120_000);

test('several remote ports on one local process', async () => {
  await using f5 = await start({ ports: ['3000:http', '3000:8081'] });
  await joined(f5);
  expect(await inside.answers('http://web/who', 5)).toEqual(Array(5).fill('local'));
  expect(await inside.answers('http://second/who', 5)).toEqual(Array(5).fill('local'));
  await f5.stop();
  await expectUnchanged(before, shop);
}, 120_000);

test('one remote port on two local ones is an error of the configuration', async () => {
  await expectRefused(
    {
      code: 'configuration-invalid',
      says: ['port "3000" to two local ports, "3000" and "3001"'],
      at: 'Looking for service/web',
    },
    { namespace: shop.name, configuration: { ports: ['3000:http', '3001:3000'] } },
  );
  await expectUnchanged(before, shop);
});

/** As before, once the test's own server has gone. */
async function expectUnchangedWithout(server: {
  child: ChildProcess;
  ended: Promise<unknown>;
}): Promise<void> {
  server.child.kill('SIGKILL');
  await server.ended;
  await expectUnchanged(before, shop);
}
