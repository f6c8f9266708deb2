import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { breakpointLine, F5, mainScript, services, type ShopService } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot } from './support/harness.ts';
import { children, descendants, detached, hostsAre, kill } from './support/killing.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('crash');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const restoreAfterSeconds = 5;
/** What controllers, kubelet and kube-proxy may take to bring originals back, on a busy machine. */
const controllersSeconds = 20;

interface Moment {
  name: string;
  service: ShopService;
  /**
   * Who is killed: the adapter alone, with the debugger but not what that started, with all its descendants, or
   * with processes that detached themselves too.
   */
  killed: 'adapter' | 'adapter and debugger' | 'tree' | 'tree and restoring process' | 'tree and helper';
  /** Leads a session to the moment. */
  reach: (f5: F5, service: ShopService) => Promise<void>;
}

/** The first of the agents' pods has been created; its agent does not run yet. */
async function placed(): Promise<void> {
  const agents = ['pods', '--selector', 'localprocess-k8s/session', '--output', 'name'];
  const watching = execa(
    'kubectl',
    ['--kubeconfig', kubeconfig, '--namespace', shop.name, 'get', ...agents, '--watch'],
    { buffer: false, reject: false },
  );
  await once(watching.stdout, 'data');
  watching.kill();
  await watching;
}

async function joined(f5: F5, service: ShopService, lines: number[] = []): Promise<void> {
  await f5.configure(service.file, lines);
  await f5.joined();
  await shop.originalsGone(service.target);
}

async function onBreakpoint(f5: F5, service: ShopService): Promise<void> {
  await joined(f5, service, [breakpointLine(service.file)]);
  // It ends with the session, one way or the other: this is not about its answer.
  void inside.request(service.url).catch(() => undefined);
  await f5.client.waitForEvent('stopped', ({ body }) => body?.reason === 'breakpoint');
}

const { node, python, go } = services;
const moments: Moment[] = [
  {
    name: 'while the agent is placed',
    service: node,
    killed: 'tree',
    reach: placed,
  },
  {
    name: 'before the join, stopped in start-up code',
    service: { ...go, debug: { ...go.debug, stopOnEntry: true } },
    killed: 'adapter',
    async reach(f5, { file }) {
      await f5.configure(file, []);
      await f5.client.waitForEvent('stopped');
    },
  },
  {
    name: 'before the join, in a program that never listens',
    service: {
      ...python,
      debug: {
        ...python.debug,
        program: undefined,
        code: 'import time; print("up", flush=True); time.sleep(900)',
      },
    },
    killed: 'tree',
    async reach(f5, { file }) {
      await f5.configure(file, []);
      await f5.said(/up/);
    },
  },
  {
    name: 'joined and idle, a second ordinary container in the pod',
    service: python,
    killed: 'adapter',
    reach: joined,
  },
  { name: 'joined and idle, Node.js', service: node, killed: 'adapter and debugger', reach: joined },
  { name: 'on a breakpoint, Node.js', service: node, killed: 'tree', reach: onBreakpoint },
  { name: 'on a breakpoint, Python', service: python, killed: 'adapter', reach: onBreakpoint },
  { name: 'on a breakpoint, Go', service: go, killed: 'adapter and debugger', reach: onBreakpoint },
  {
    name: 'while leaving',
    service: node,
    killed: 'tree and restoring process',
    async reach(f5, service) {
      await joined(f5, service);
      await f5.client.request('disconnect', { terminateDebuggee: true });
    },
  },
  { name: 'with the helper', service: python, killed: 'tree and helper', reach: joined },
];

test.each(moments)(
  'SIGKILL $name ($killed): the cluster serves again by itself, and restore leaves nothing',
  async ({ service, killed, reach }) => {
    const before = await snapshot(shop);
    await using f5 = await start(service);
    await reach(f5, service);
    const session = sessionOf(f5);
    killSession(f5, session, killed);
    const died = performance.now();

    if (killed === 'tree and helper') {
      expect(readFileSync('/etc/hosts', 'latin1')).toContain(`# localprocess-k8s ${session}\n`);
    } else await hostsAre(before.hosts);

    await servedByOriginals(service, session);
    const seconds = (performance.now() - died) / 1000;
    expect(seconds).toBeLessThan(restoreAfterSeconds + controllersSeconds);

    const { stdout } = await execa(process.execPath, [mainScript, 'restore']);
    expect(stdout).toMatch(new RegExp(`^${session} on ${service.target}, begun .*: restored\\.$`, 'm'));
    await expectUnchanged(before, shop, 10_000);
  },
  120_000,
);

test.each(['adapter', 'adapter and debugger', 'tree and helper'] as const)(
  'a launch right after SIGKILL (%s) clears up what the dead session left, and works',
  async (killed) => {
    const before = await snapshot(shop);
    await using dead = await start(node);
    await joined(dead, node);
    killSession(dead, sessionOf(dead), killed);

    {
      await using f5 = await start(node);
      await joined(f5, node);
      expect((await inside.request('http://web/who')).body).toBe('local');
      await f5.stop();
    }
    await expectUnchanged(before, shop);
  },
  120_000,
);

function start(service: ShopService): Promise<F5> {
  const configuration = { agent: { restoreAfterSeconds } };
  return F5.start({ kubeconfig, namespace: shop.name, service, configuration });
}

function sessionOf(f5: F5): string {
  const session = /localprocess-k8s-(\w+)\.log$/.exec(f5.logPath())?.[1];
  if (session === undefined) throw new Error(`The adapter named no log:\n${f5.client.tail()}`);
  return session;
}

function killSession(f5: F5, session: string, killed: Moment['killed']): void {
  const adapter = f5.client.process?.pid;
  if (adapter === undefined) throw new Error('The adapter has no process.');
  const started = {
    adapter: [],
    'adapter and debugger': children(adapter),
    tree: descendants(adapter),
  };
  kill([
    ...(killed === 'tree and restoring process' ? detached(session, 'restore') : []),
    ...(killed === 'tree and helper' ? detached(session, 'helper') : []),
    adapter,
    ...started[killed === 'adapter' || killed === 'adapter and debugger' ? killed : 'tree'],
  ]);
}

/** Resolves when no agent runs any more and requests from inside are answered by originals, all of them. */
async function servedByOriginals({ target, url }: ShopService, session: string): Promise<void> {
  const agents = ['pod', '--selector', `localprocess-k8s/session=${session}`];
  await shop.kubectl('wait', '--for=jsonpath={.status.phase}=Failed', ...agents, '--timeout=60s');
  await shop.kubectl('rollout', 'status', target.replace('service/', 'deployment/'), '--timeout=60s');
  const who = `${url}who`;
  const deadline = AbortSignal.timeout(30_000);
  let first: string | undefined;
  // Until kube-proxy has the new endpoints, requests are refused or go nowhere: that is the gap being measured.
  while (first === undefined) {
    deadline.throwIfAborted();
    const answer = inside.request(who, { timeoutMs: 1000 });
    first = await answer.then(
      ({ body }) => body,
      () => undefined,
    );
  }
  const names = (await shop.get('pods')).items.map(({ metadata }) => metadata.name);
  for (const answer of [first, ...(await inside.answers(who, 20))]) expect(names).toContain(answer);
}
