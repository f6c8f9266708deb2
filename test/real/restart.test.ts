import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { breakpointLine, F5, services, type ShopService } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot } from './support/harness.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('restart');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const press = (service: ShopService, configuration = {}) =>
  F5.start({ kubeconfig, namespace: shop.name, service, configuration });

/** The agents, each by what changes when it is placed anew. */
async function agents(): Promise<string[]> {
  const { items } = await shop.get('pods', '--selector', 'localprocess-k8s/session');
  return items.map(({ metadata }) => metadata.uid).sort();
}

/** Joined, without breakpoints, and no original left that a request could still reach. */
async function joined(service: ShopService, configuration = {}): Promise<F5> {
  const f5 = await press(service, configuration);
  await f5.configure(service.file, []);
  await f5.joined();
  await shop.originalsGone(service.target);
  return f5;
}

/** The next adapter of a restart: a request from the cluster stops on its breakpoint. */
async function goesOn(service: ShopService): Promise<F5> {
  const f5 = await press(service);
  const line = breakpointLine(service.file);
  await f5.configure(service.file, [line]);
  await f5.said(/Going on with the connection to service\//);
  expect(await f5.launched).toMatchObject({ success: true });
  // The last debuggee has gone, this one may not listen yet: nobody else answers.
  await listening(f5, service);
  const reply = inside.request(service.url);
  const { body } = await f5.client.waitForEvent('stopped', (event) => event.body?.reason === 'breakpoint');
  await f5.client.body('continue', { threadId: body?.threadId });
  expect(JSON.parse((await reply).body)).toMatchObject({ answeredBy: 'local' });
  return f5;
}

async function listening(f5: F5, { target }: ShopService): Promise<void> {
  await f5.client.waitForEvent('output', ({ body }) =>
    new RegExp(`${target.replace('service/', '')} listens on`).test(String(body?.output)),
  );
}

test('VS Code restarts a debugger without "restart": each next adapter goes on with the connection', async () => {
  const service = services.python;
  const before = await snapshot(shop);
  await using first = await joined(service);
  const placed = await agents();

  // Its way where the debugger takes `terminate`: no more is said of the restart when it disconnects.
  await first.client.body('terminate', { restart: true });
  await first.client.waitForEvent('terminated');
  await first.client.body('disconnect', { terminateDebuggee: false });
  first.client.process?.kill('SIGTERM');
  await using second = await goesOn(service);
  expect(await agents()).toEqual(placed);
  const { body } = await second.client.request('localprocess-k8s.diagnostics', {});
  expect(body).toMatchObject({ state: 'joined', target: service.target });

  // Its way where the debugger does not.
  await second.client.body('disconnect', { restart: true, terminateDebuggee: true });
  await using third = await goesOn(service);
  expect(await agents()).toEqual(placed);
  await third.stop();
  await expectUnchanged(before, shop);
}, 120_000);

test('nobody comes for the connection: all is as it was', async () => {
  const before = await snapshot(shop);
  await using f5 = await joined(services.go);
  await f5.client.body('disconnect', { restart: true });
  await expectUnchanged(before, shop, 60_000);
}, 120_000);

test('another configuration begins anew, and takes the target over', async () => {
  const service = services.python;
  const before = await snapshot(shop);
  await using first = await joined(service);
  const placed = await agents();
  await first.client.body('disconnect', { restart: true, terminateDebuggee: true });
  await using second = await joined(service, { env: { ANSWERED_BY: 'the second' } });
  const [agent] = (await agents()).filter((uid) => !placed.includes(uid));
  expect(agent).toBeDefined();
  await second.stop();
  await expectUnchanged(before, shop, 60_000);
}, 120_000);

test('the next adapter is killed: all is as it was', async () => {
  const service = services.python;
  const before = await snapshot(shop);
  await using first = await joined(service);
  await first.client.body('disconnect', { restart: true, terminateDebuggee: true });
  await using second = await goesOn(service);
  second.client.process?.kill('SIGKILL');
  await expectUnchanged(before, shop);
});

test('the process that holds the connection is killed: the session ends with the reason, all is as it was', async () => {
  const service = services.python;
  const before = await snapshot(shop);
  await using first = await joined(service);
  await first.client.body('disconnect', { restart: true, terminateDebuggee: true });
  await using second = await goesOn(service);
  const holder = first.client.process;
  if (!holder) throw new Error('There is no process.');
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
  await second.said(/the process that held the connection to the cluster has ended/);
  await second.client.waitForEvent('terminated');
  await second.stop();
  await expectUnchanged(before, shop);
});
