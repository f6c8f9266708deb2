import { expect, test } from '@jest/globals';
import { buildAdapter, fixture, programs, root } from '../harness.ts';
import { installed } from '../differential/ways.ts';
import { atBreakpoint } from './editors.ts';
import { expectConversation, expectGone } from './expectations.ts';
import { Run } from './run.ts';
import { visualStudio } from './visualStudio.ts';

test('no adapter’s id, everything before the answer to "initialize": any debugger', async () => {
  await using adapter = await buildAdapter(`${root}/adapter/main.ts`);
  const { command } = await installed('debugpy', { ...programs.python.debug, request: 'launch' });
  await using run = Run.start(visualStudio, {
    mainScript: adapter.path,
    args: ['dap', '--adapter', ...command],
  });
  await run.begin(programs.python.debug, 'launch', null);
  const { threadId, variables } = await run.stopAt(programs.python);
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  const family = await run.family();
  await run.client.body('continue', { threadId });
  await run.client.waitForEvent('terminated');
  await visualStudio.afterTerminated(run);
  await run.exited();
  await expectGone(family);
  expectConversation(run, { early: true });
});

test('js-debug: no child session is asked for, memory is read with count 0, nothing follows the last answer', async () => {
  await using adapter = await buildAdapter();
  await using stopped = await atBreakpoint(
    visualStudio,
    { mainScript: adapter.path, args: ['pwa-node'] },
    'node',
  );
  const { run, family } = stopped;
  const { client } = run;
  expect(run.capabilities.supportsReadMemoryRequest).toBe(true);
  const { memoryReference } = await client.body('evaluate', {
    expression: 'new Uint8Array([1, 2, 3])',
    context: 'repl',
  });
  expect(typeof memoryReference).toBe('string');
  await client.body('readMemory', { memoryReference, count: 0 });
  await visualStudio.stop(run);
  await run.exited();
  await expectGone(family);
  expectConversation(run);
  const incoming = client.log.filter(({ direction }) => direction === 'in').map(({ message }) => message);
  expect(incoming.filter(({ type }) => type === 'request')).toEqual([]);
  expect(incoming.at(-1)).toMatchObject({ type: 'response', command: 'disconnect' });
});

test('a number of the debugger’s own stays as it is, whatever its size', async () => {
  await using adapter = await buildAdapter();
  await using run = Run.start(visualStudio, { mainScript: adapter.path });
  await run.begin({
    target: 'web',
    debug: { type: 'scripted', request: 'launch' },
    debugAdapter: { command: process.execPath, args: [fixture('scripted.mjs'), 'none', ''] },
  });
  await run.client.waitForEvent('initialized');
  const body = { threadId: 2 ** 40, reason: 'pause' };
  await run.client.body('evaluate', {
    expression: JSON.stringify({ type: 'event', event: 'stopped', body }),
  });
  expect((await run.client.waitForEvent('stopped')).body).toEqual(body);
  await visualStudio.stop(run);
});
