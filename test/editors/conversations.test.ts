import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfiguration } from '../../adapter/configuration.ts';
import { nested } from '../../adapter/nested.ts';
import { buildAdapter } from '../harness.ts';
import { atBreakpoint, cases, configurationOf, editors } from './editors.ts';
import { expectConversation, expectGone, expectInitializedOnce } from './expectations.ts';
import { sent } from './run.ts';

let adapter: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  adapter = await buildAdapter();
});
afterAll(async () => {
  await adapter[Symbol.asyncDispose]();
});

test.each(editors)('$name: what it adds to the launch arguments is no mistake', (editor) => {
  const args = { ...sent(editor, configurationOf('python')), request: 'launch' };
  const read = readConfiguration(nested(args, editor.initialize.clientID));
  expect(read).toMatchObject(configurationOf('python'));
});

test.each(cases)('$name, $kind: from the first word to the end of the program', async ({ editor, kind }) => {
  await using stopped = await atBreakpoint(editor, { mainScript: adapter.path }, kind);
  const { run, debugged, threadId } = stopped;
  expect(stopped.variables.find(({ name }) => name === 'total')?.value).toBe('42');
  await debugged.client.body('continue', { threadId });
  await debugged.client.waitForEvent('terminated');
  expect(debugged.client.output()).toContain('total 42');
  if (debugged !== run) {
    await editor.afterTerminated(debugged);
    await run.client.waitForEvent('terminated');
  }
  expect((await run.launched).success).toBe(true);
  await editor.afterTerminated(run);
  await run.exited();
  expect(run.client.stderr.match(/left\n/g)).toHaveLength(1);
  await expectGone(stopped.family);
  for (const one of new Set([run, debugged])) expectConversation(one);
  expectInitializedOnce(run);
});
