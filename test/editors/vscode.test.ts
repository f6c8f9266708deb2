import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildAdapter, fixture, programs } from '../harness.ts';
import { atBreakpoint, configurationOf } from './editors.ts';
import { expectConversation, expectGone } from './expectations.ts';
import { Run } from './run.ts';
import { shutDown, vscode } from './vscode.ts';

// What VS Code alone does. `restartSession` of debugService.ts: it asks for a restart where the debugger takes that;
// else it terminates with "restart", or disconnects so when the debugger itself asks to begin anew, and starts another
// adapter 300 ms later, with what the debugger gave as `__restart`.
const pause = 300;

let adapter: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  adapter = await buildAdapter();
});
afterAll(async () => {
  await adapter[Symbol.asyncDispose]();
});

const scripted = (capabilities: object) => ({
  target: 'web',
  debug: { type: 'scripted', request: 'launch' },
  debugAdapter: {
    command: process.execPath,
    args: [fixture('scripted.mjs'), 'none', '', JSON.stringify(capabilities)],
  },
});

test.each(['python', 'go'] as const)('Restart, %s: another adapter goes on', async (kind) => {
  const access = { mainScript: adapter.path };
  await using first = await atBreakpoint(vscode, access, kind);
  const { run, family } = first;
  if (run.capabilities.supportsTerminateRequest === true) {
    await run.client.body('terminate', { restart: true });
    await run.client.waitForEvent('terminated');
    await shutDown(run, false);
  } else await shutDown(run, true, true);
  await delay(pause);
  await using second = await atBreakpoint(vscode, access, kind);
  expect(second.variables.find(({ name }) => name === 'total')?.value).toBe('42');
  await run.exited();
  expect(run.client.stderr).toBe('kept\n');
  await expectGone(family);
  await vscode.stop(second.run);
  await second.run.exited();
  expect(second.run.client.stderr).toBe('left\n');
  await expectGone(second.family);
  for (const one of [run, second.run]) expectConversation(one);
});

test('Restart, node: the debugger does it, with another child session', async () => {
  await using stopped = await atBreakpoint(vscode, { mainScript: adapter.path }, 'node');
  const { run, debugged, family } = stopped;
  expect(run.capabilities.supportsRestartRequest).toBe(true);
  const asked = run.client.body('restart', {
    arguments: { ...vscode.adds, ...configurationOf('node'), request: 'launch' },
  });
  await debugged.client.waitForEvent('terminated');
  await vscode.afterTerminated(debugged);
  const next = await run.child(1);
  const { variables } = await next.stopAt(programs.node);
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  await asked;
  const later = await run.family();
  await vscode.stop(run);
  await run.exited();
  expect(run.client.stderr).toBe('left\n');
  await expectGone([...family, ...later]);
  expectConversation(run);
});

test('a debugger that asks to begin anew: what it gave comes back to it', async () => {
  await using first = Run.start(vscode, { mainScript: adapter.path });
  await first.begin(scripted({}));
  await first.client.waitForEvent('initialized');
  const restart = { port: 4711, at: [1, 2] };
  const expression = JSON.stringify({ type: 'event', event: 'terminated', body: { restart } });
  await first.client.body('evaluate', { expression });
  const { body } = await first.client.waitForEvent('terminated');
  expect(body?.restart).toEqual(restart);
  await shutDown(first, true, true);
  await delay(pause);
  await using second = Run.start(vscode, { mainScript: adapter.path });
  await second.begin({ ...scripted({}), __restart: restart });
  await second.client.waitForEvent('initialized');
  const [launched] = second.client.events('got');
  expect(launched?.body?.arguments).toMatchObject({ __restart: restart });
  await first.exited();
  expect(first.client.stderr).toBe('kept\n');
  await vscode.stop(second);
  expectConversation(first);
});

test.each(['python', 'node', 'go'] as const)('Stop is pressed twice, %s', async (kind) => {
  await using stopped = await atBreakpoint(vscode, { mainScript: adapter.path }, kind);
  const { run, family } = stopped;
  // The second time it disconnects, whatever has become of the first.
  const first = run.client.send('terminate', { restart: false }).answer;
  await shutDown(run, true);
  await first;
  await run.exited();
  expect(run.client.stderr).toBe('left\n');
  await expectGone(family);
  expectConversation(run);
});

test.each(['python', 'node'] as const)('%s: a slow cluster does not use up its patience', async (kind) => {
  await using stopped = await atBreakpoint(
    vscode,
    { mainScript: adapter.path, env: { TEST_LEAVING: '4000' } },
    kind,
  );
  const { run, family } = stopped;
  await vscode.stop(run);
  // It goes on leaving after SIGTERM.
  expect(await run.exited()).toEqual({ code: 0, signal: null });
  expect(run.client.stderr).toBe('left\n');
  await expectGone(family);
  expectConversation(run);
});
