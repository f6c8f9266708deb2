import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { execa } from 'execa';
import { ordinaryUser } from '../machine/helper.ts';
import { breakpointLine, F5, mainScript, services, type F5Options, type ShopService } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot } from './support/harness.ts';
import { descendants, kill } from './support/killing.ts';
import { expectRefused } from './support/refusal.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('isolation');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const { node, python, go } = services;
const isolated = { volumes: { at: 'realPaths' }, hosts: 'private' };
/** What samples/shop mounts, none of which this machine has. */
const paths = ['/etc/shop', '/etc/keys', '/app', '/run/secrets/kubernetes.io'];

function expectMachineUntouched(hosts: string): void {
  for (const path of paths) expect([path, existsSync(path)]).toEqual([path, false]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('localprocess-k8s');
  expect(readFileSync('/etc/hosts', 'latin1')).toBe(hosts);
}

/** The processes of this machine that see what only a session's debuggee is to see. */
function insideNamespaces(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(' - tmpfs localprocess-k8s ');
    } catch {
      return false; // It has ended meanwhile, or was no process.
    }
  });
}

/** One press of F5, whose terminals are this process's. */
async function start(service: ShopService, options: Partial<F5Options> = {}): Promise<F5> {
  const terminal = service.debug.console === 'integratedTerminal';
  const f5 = await F5.start({
    kubeconfig,
    namespace: shop.name,
    service,
    configuration: isolated,
    client: { supportsRunInTerminalRequest: terminal },
    ...options,
  });
  f5.client.onRequest('runInTerminal', (request) => {
    const { args, cwd } = request.arguments as unknown as DebugProtocol.RunInTerminalRequestArguments;
    const [command = '', ...rest] = args;
    return { processId: spawn(command, rest, { cwd, stdio: 'ignore' }).pid };
  });
  return f5;
}

/** Joined, with a request on the breakpoint; its answer and the stopped thread. */
async function onBreakpoint(f5: F5, service: ShopService) {
  await f5.configure(service.file, [breakpointLine(service.file)]);
  await f5.joined();
  await shop.originalsGone(service.target);
  const asked = inside.request(service.url);
  asked.catch(() => undefined);
  const stopped = await f5.client.waitForEvent('stopped', ({ body }) => body?.reason === 'breakpoint');
  return { asked, threadId: Number(stopped.body?.threadId) };
}

function inTerminal(service: ShopService): ShopService {
  return { ...service, debug: { ...service.debug, console: 'integratedTerminal' } };
}

test.each<[string, ShopService, Partial<F5Options>]>([
  ['Node.js', node, {}],
  ['Node.js in a terminal', inTerminal(node), {}],
  ['Python', python, {}],
  ['Python in a terminal', inTerminal(python), {}],
  ['Go, its debugger known at initialize', go, { args: ['--debugger', 'go'] }],
])(
  '%s: volumes at their real paths and a hosts file of its own, for the debuggee alone',
  async (_, service, options) => {
    const before = await snapshot(shop);
    expectMachineUntouched(before.hosts);
    {
      await using f5 = await start(service, options);
      const { asked, threadId } = await onBreakpoint(f5, service);
      expectMachineUntouched(before.hosts);
      expect(insideNamespaces()).not.toEqual([]);
      await f5.client.body('continue', { threadId });
      // It reaches Redis, and the next service, by their names: nothing else here knows these.
      const answer = JSON.parse((await asked).body) as Record<string, unknown>;
      expect(answer).toMatchObject({ answeredBy: 'local', currency: 'EUR', keyFileSeal: answer.keySeal });
      expect(answer.keySeal).toMatch(/^[0-9a-f]{12}$/);
      expect(Number(answer.visits)).toBeGreaterThan(0);
      await f5.stop();
    }
    await expectUnchanged(before, shop);
    expectMachineUntouched(before.hosts);
    expect(insideNamespaces()).toEqual([]);
  },
);

test('an ordinary user gets both, without administrator rights', async () => {
  const before = await snapshot(shop);
  await using user = await ordinaryUser(undefined);
  const { uid, gid } = user;
  const home = await mkdtemp('/tmp/isolation-home-');
  try {
    await copyFile(kubeconfig, join(home, 'kubeconfig'));
    await mkdir(join(home, 'state'));
    for (const path of [home, join(home, 'kubeconfig'), join(home, 'state')]) await chown(path, uid, gid);
    await chmod(home, 0o700);
    await using f5 = await start(node, {
      kubeconfig: join(home, 'kubeconfig'),
      prefix: ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'],
      env: { HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_RUNTIME_DIR: '', KUBECONFIG: '' },
    });
    const { asked, threadId } = await onBreakpoint(f5, node);
    expectMachineUntouched(before.hosts);
    await f5.client.body('continue', { threadId });
    const answer = JSON.parse((await asked).body) as Record<string, unknown>;
    expect(answer).toMatchObject({ answeredBy: 'local', currency: 'EUR', keyFileSeal: answer.keySeal });
    expect(Number(answer.visits)).toBeGreaterThan(0);
    await f5.stop();
  } finally {
    await expectUnchanged(before, shop);
    await rm(home, { recursive: true });
  }
  expect(insideNamespaces()).toEqual([]);
});

test('after kill -9 nothing is mounted, and no folder is left', async () => {
  const before = await snapshot(shop);
  await using f5 = await start(go, { configuration: { ...isolated, agent: { restoreAfterSeconds: 5 } } });
  await onBreakpoint(f5, go);
  const { pid } = f5.client.process ?? {};
  if (pid === undefined) throw new Error('The adapter has no process.');
  kill([pid, ...descendants(pid)]);
  // A process that was killed ends a moment later, a traced one after its tracer: nothing announces it.
  for (let waited = 0; waited < 5000 && insideNamespaces().length > 0; waited += 20) await setTimeout(20);
  expect(insideNamespaces()).toEqual([]);
  await execa(process.execPath, [mainScript, 'restore']);
  await expectUnchanged(before, shop);
  expectMachineUntouched(before.hosts);
});

test.each<[string, Record<string, unknown>]>([
  ['volumes.at', { volumes: { at: 'realPaths' } }],
  ['hosts', { hosts: 'private' }],
])(
  '%s for a process that runs already is a clear error, before anything is touched',
  async (attribute, more) => {
    const debug = { type: 'pwa-node', request: 'attach', port: 9229 };
    const says = [attribute.split('.')[0] ?? '', /a process that runs already sees this machine's files/];
    await expectRefused(
      { code: 'isolation-unavailable', says, at: undefined },
      { namespace: shop.name, configuration: { debug, ...more } },
    );
  },
);
