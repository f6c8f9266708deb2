import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildAdapter } from '../harness.ts';
import { atBreakpoint, cases, configurationOf, editors } from './editors.ts';
import { expectConversation, expectGone } from './expectations.ts';
import { helix } from './helix.ts';
import { Run, sent } from './run.ts';

let adapter: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  adapter = await buildAdapter();
});
afterAll(async () => {
  await adapter[Symbol.asyncDispose]();
});

test.each(cases)('$name, $kind: the user stops it on a breakpoint', async ({ editor, kind }) => {
  await using stopped = await atBreakpoint(editor, { mainScript: adapter.path }, kind);
  const { run, family } = stopped;
  await editor.stop(run);
  await run.exited();
  expect(run.client.stderr.match(/left\n/g)).toHaveLength(1);
  await expectGone(family);
  expectConversation(run);
});

test.each(cases)('$name, $kind: it is killed on a breakpoint', async ({ editor, kind }) => {
  await using stopped = await atBreakpoint(editor, { mainScript: adapter.path }, kind);
  const { run, family } = stopped;
  run.signal('SIGKILL');
  await run.exited();
  // Nobody is there to leave the cluster: the agent does that by itself. The debuggee must not go on without it.
  await expectGone(family);
});

test.each(editors)('$name goes away without a word', async (editor) => {
  await using stopped = await atBreakpoint(editor, { mainScript: adapter.path }, 'python');
  const { run, family } = stopped;
  run.client.hangUp();
  expect(await run.exited()).toEqual({ code: 0, signal: null });
  expect(run.client.stderr.match(/left\n/g)).toHaveLength(1);
  await expectGone(family);
  expectConversation(run);
});

test.each(editors)('$name stops a launch that does not come to an end', async (editor) => {
  await using run = Run.start(editor, { mainScript: adapter.path, env: { TEST_LAUNCH: 'hangs' } });
  await run.begin(configurationOf('python'));
  await run.client.waitForStderr('hanging');
  const family = await run.family();
  await editor.stop(run);
  expect(await run.launched).toMatchObject({ success: false, body: { error: { id: 600 } } });
  await run.exited();
  await expectGone(family);
  expectConversation(run);
});

test('Helix restarts js-debug: its launch arguments come as they are', async () => {
  // `Client::restart` of helix-dap/src/client.rs; the protocol has them one level deeper.
  await using stopped = await atBreakpoint(helix, { mainScript: adapter.path }, 'node');
  const { run, family } = stopped;
  const restarted = run.client.body('restart', sent(helix, configurationOf('node')));
  const { variables } = await run.lookAround();
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  await restarted;
  const later = await run.family();
  await helix.stop(run);
  await run.exited();
  expect(run.client.stderr).toBe('left\n');
  await expectGone([...family, ...later]);
  expectConversation(run);
});

test.each(cases.filter(({ editor }) => editor === helix))(
  'Helix 25.01 stops it with null for arguments, $kind',
  async ({ editor, kind }) => {
    // `dap_terminate` of helix-term/src/commands/dap.rs.
    await using stopped = await atBreakpoint(editor, { mainScript: adapter.path }, kind);
    const { run, family } = stopped;
    await run.client.body('disconnect', null);
    run.signal('SIGKILL');
    await run.exited();
    expect(run.client.stderr.match(/left\n/g)).toHaveLength(1);
    await expectGone(family);
    expectConversation(run);
  },
);
