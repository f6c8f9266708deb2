import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { buildAdapter, fixture, root } from '../harness.ts';
import { Recorder, type Recording } from './recorder.ts';
import { direct, relayed } from './ways.ts';

const adapter = [join(root, '.venv', 'bin', 'python'), '-m', 'debugpy.adapter'];
const program = fixture('tour.py');
const source = { path: program };
const launch = {
  type: 'debugpy',
  name: 'tour',
  request: 'launch',
  program,
  console: 'internalConsole',
  python: adapter[0],
};

let main: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  main = await buildAdapter(join(root, 'adapter', 'main.ts'));
});
afterAll(async () => {
  await main[Symbol.asyncDispose]();
});

/** Plays a script both ways, and expects the same of both. */
async function both(script: (recorder: Recorder) => Promise<void>): Promise<Recording> {
  const recordings: Recording[] = [];
  for (const way of [direct(adapter), relayed(main.path, adapter)]) {
    await using client = await way.connect();
    const recorder = new Recorder(client);
    await script(recorder);
    client.hangUp();
    await client.closed; // What comes after the last answer counts as well.
    recordings.push(recorder.recording());
  }
  const [expected, actual] = recordings as [Recording, Recording];
  expect(actual).toEqual(expected);
  return expected;
}

async function start(recorder: Recorder, more: object = {}, capabilities: object = {}): Promise<void> {
  await recorder.ask('initialize', {
    adapterID: 'debugpy',
    linesStartAt1: true,
    columnsStartAt1: true,
    pathFormat: 'path',
    supportsVariableType: true,
    supportsVariablePaging: true,
    ...capabilities,
  });
  void recorder.begin('launch', { ...launch, ...more });
  await recorder.client.waitForEvent('initialized');
}

async function stop(recorder: Recorder): Promise<{ threadId: number; frameId: number }> {
  const { body } = await recorder.client.waitForEvent('stopped');
  const threadId = Number(body?.threadId);
  const trace = await recorder.ask('stackTrace', { threadId, startFrame: 0, levels: 20 });
  const [frame] = (trace.body as DebugProtocol.StackTraceResponse['body']).stackFrames;
  return { threadId, frameId: frame?.id ?? 0 };
}

test('breakpoints of every kind, stepping, variables, evaluation', async () => {
  const { answers } = await both(async (recorder) => {
    await start(recorder);
    await recorder.ask('setBreakpoints', {
      source,
      breakpoints: [
        { line: 6, condition: 'number == 3' },
        { line: 15, logMessage: 'index {index}' },
        { line: 20 },
      ],
    });
    await recorder.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    await recorder.ask('setExceptionBreakpoints', { filters: ['raised'] });
    await recorder.ask('configurationDone');
    const first = await stop(recorder);
    await recorder.ask('threads');
    await recorder.ask('next', { threadId: first.threadId });
    const second = await stop(recorder);
    await recorder.ask('stepIn', { threadId: second.threadId });
    await stop(recorder);
    await recorder.ask('setFunctionBreakpoints', { breakpoints: [] });
    await recorder.ask('continue', { threadId: first.threadId });
    const there = await stop(recorder);
    const scopes = await recorder.ask('scopes', { frameId: there.frameId });
    for (const { variablesReference } of (scopes.body as DebugProtocol.ScopesResponse['body']).scopes)
      await recorder.ask('variables', { variablesReference, start: 0, count: 2 });
    const [local] = (scopes.body as DebugProtocol.ScopesResponse['body']).scopes;
    await recorder.ask('setVariable', {
      variablesReference: local?.variablesReference,
      name: 'number',
      value: '30',
    });
    for (const expression of ['number', 'nothing', '"é" * 100000', 'number ='])
      await recorder.ask('evaluate', { expression, frameId: there.frameId, context: 'watch' });
    await recorder.ask('evaluate', { expression: 'number = 3', frameId: there.frameId, context: 'repl' });
    await recorder.ask('completions', { text: 'num', column: 4, frameId: there.frameId });
    await recorder.ask('stepOut', { threadId: there.threadId });
    await stop(recorder);
    await recorder.ask('gotoTargets', { source, line: 16 });
    await recorder.ask('continue', { threadId: there.threadId });
    await recorder.client.waitForEvent('stopped');
    await recorder.ask('exceptionInfo', { threadId: there.threadId });
    await recorder.ask('setExceptionBreakpoints', { filters: [] });
    await recorder.ask('continue', { threadId: there.threadId });
    await recorder.client.waitForEvent('stopped');
    await recorder.ask('no-such-request', { anything: ['at all'] });
    await recorder.ask('variables', { variablesReference: 987654 });
    await recorder.ask('continue', { threadId: there.threadId });
    await recorder.client.waitForEvent('terminated');
    await recorder.ask('disconnect', {});
  });
  // The script has met what it is about.
  expect(answers.filter(({ answer }) => (answer as { success: boolean }).success).length).toBeGreaterThan(25);
});

test('a flood of output and an exit code', async () => {
  const { output, events } = await both(async (recorder) => {
    await start(recorder);
    await recorder.ask('configurationDone');
    await recorder.client.waitForEvent('terminated');
    await recorder.ask('disconnect', {});
  });
  expect(output.stdout).toMatch(/line 1999\n/);
  expect(JSON.stringify(events)).toContain('"exitCode":3');
});
