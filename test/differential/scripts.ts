import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Event } from '../dap/client.ts';
import type { Recorder, Recording } from './recorder.ts';
import { source, type Play } from './subject.ts';

// Each script asks every adapter the same, also what some cannot do: how they say so has to be the same as well.

interface Place {
  threadId: number;
  reason: unknown;
  frame: DebugProtocol.StackFrame | undefined;
}

/** Waits for a stop, and looks where. */
async function stop(recorder: Recorder): Promise<Place> {
  return look(recorder, await recorder.client.waitForEvent('stopped'));
}

async function look(recorder: Recorder, { body }: Event): Promise<Place> {
  const threadId = Number(body?.threadId);
  const trace = await recorder.ask('stackTrace', { threadId, startFrame: 0, levels: 3 });
  const [frame] = (trace?.body as DebugProtocol.StackTraceResponse['body'] | undefined)?.stackFrames ?? [];
  return { threadId, frame, reason: body?.reason };
}

/** Goes on at every stop until the debuggee has ended; returns how often it stopped. */
async function toTheEnd(
  recorder: Recorder,
  atStop: (place: Place) => Promise<void> = () => Promise.resolve(),
) {
  for (let stops = 0; ; stops++) {
    const event = await recorder.client.waitForEvent(['stopped', 'terminated']);
    if (event.event === 'terminated') return stops;
    const place = await look(recorder, event);
    await atStop(place);
    await recorder.ask('continue', { threadId: place.threadId });
  }
}

/** The variables of the first scope, in parts of two; returns the reference of that scope. */
async function variables(recorder: Recorder, frame: DebugProtocol.StackFrame | undefined) {
  const answer = await recorder.ask('scopes', { frameId: frame?.id });
  const [scope] = (answer?.body as DebugProtocol.ScopesResponse['body'] | undefined)?.scopes ?? [];
  const variablesReference = scope?.variablesReference;
  await recorder.ask('variables', { variablesReference, start: 0, count: 2 });
  const all = await recorder.ask('variables', { variablesReference });
  const list = (all?.body as DebugProtocol.VariablesResponse['body'] | undefined)?.variables ?? [];
  return { variablesReference, list };
}

/** Breakpoints of every kind, all hit. */
export async function breakpoints(play: Play): Promise<Recording[]> {
  const { subject } = play;
  const { lines, condition, message, main, filters } = subject;
  const recorder = await play.launch();
  const set = (breakpoints: DebugProtocol.SourceBreakpoint[]) =>
    recorder.ask('setBreakpoints', { source: source(subject), breakpoints, sourceModified: false });
  await set([{ line: 1 }, { line: 100000 }]);
  await set([
    { line: lines.work, condition },
    { line: lines.call, logMessage: message },
    { line: lines.print, hitCondition: '1' },
  ]);
  await recorder.ask('setFunctionBreakpoints', { breakpoints: [{ name: main }, { name: 'nothing' }] });
  await recorder.ask('setExceptionBreakpoints', { filters });
  await recorder.ask('configurationDone');
  let watched = false;
  const stops = await toTheEnd(recorder, async ({ threadId, frame, reason }) => {
    if (reason === 'exception') await recorder.ask('exceptionInfo', { threadId });
    if (watched || frame?.line !== lines.work) return;
    watched = true;
    const { variablesReference } = await variables(recorder, frame);
    const info = await recorder.ask('dataBreakpointInfo', { variablesReference, name: 'twice' });
    const dataId = info?.body?.dataId;
    if (typeof dataId !== 'string') return;
    await recorder.ask('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
  });
  recorder.note('stops', stops);
  return play.end();
}

/** Steps, threads, variables and whatever else can be asked of a program that stands. */
export async function inspection(play: Play): Promise<Recording[]> {
  const { subject } = play;
  const { lines, expressions, assign } = subject;
  const recorder = await play.launch();
  const set = (lines: number[]) =>
    recorder.ask('setBreakpoints', {
      source: source(subject),
      breakpoints: lines.map((line) => ({ line })),
    });
  await set([lines.work]);
  await recorder.ask('configurationDone');
  const { threadId, frame } = await stop(recorder);
  const frameId = frame?.id;
  await recorder.ask('threads');
  const { variablesReference, list: locals } = await variables(recorder, frame);
  for (const expression of expressions)
    for (const context of ['watch', 'repl']) await recorder.ask('evaluate', { expression, frameId, context });
  await recorder.ask('completions', { text: 'twi', column: 4, frameId });
  await recorder.ask('setVariable', { variablesReference, ...assign });
  await recorder.ask('setExpression', { frameId, expression: assign.name, value: assign.value });
  await recorder.ask('variables', { variablesReference });
  await recorder.ask('variables', { variablesReference: 987654 });
  await recorder.ask('stepInTargets', { frameId });
  await recorder.ask('breakpointLocations', { source: source(subject), line: lines.work });
  await memory(recorder, frame, locals);
  for (const step of ['next', 'stepOut', 'next', 'stepIn']) {
    await recorder.ask(step, { threadId, granularity: 'line' });
    await stop(recorder);
  }
  await set([lines.print]);
  await recorder.ask('continue', { threadId });
  const there = await stop(recorder);
  const { list } = await variables(recorder, there.frame);
  for (const one of list.filter(({ name }) => name === 'numbers' || name === 'table')) {
    const all = { variablesReference: one.variablesReference };
    await recorder.ask('variables', { ...all, filter: 'indexed', start: 100, count: 3 });
    await recorder.ask('variables', { ...all, filter: 'named' });
    await recorder.ask('variables', { ...all, start: 0, count: 1 });
  }
  await jump(recorder, subject.file, there.threadId, lines.begin);
  await recorder.ask('continue', { threadId: there.threadId });
  recorder.note('stops', await toTheEnd(recorder));
  return play.end();
}

/** Instructions at a frame, and the memory of one of its variables: read, and written as it was. */
async function memory(
  recorder: Recorder,
  frame: DebugProtocol.StackFrame | undefined,
  locals: DebugProtocol.Variable[],
): Promise<void> {
  const code = frame?.instructionPointerReference ?? '0x0';
  await recorder.ask('disassemble', { memoryReference: code, instructionOffset: 0, instructionCount: 4 });
  const memoryReference = locals.find((one) => one.memoryReference)?.memoryReference ?? code;
  const read = await recorder.ask('readMemory', { memoryReference, offset: 0, count: 4 });
  const data = read?.body?.data;
  if (typeof data === 'string') await recorder.ask('writeMemory', { memoryReference, offset: 0, data });
}

/** Goes on at another line, where that can be done. */
async function jump(recorder: Recorder, path: string, threadId: number, line: number): Promise<void> {
  const answer = await recorder.ask('gotoTargets', { source: { path }, line });
  const [target] = (answer?.body as DebugProtocol.GotoTargetsResponse['body'] | undefined)?.targets ?? [];
  if (!target) return;
  const gone = await recorder.ask('goto', { threadId, targetId: target.id });
  if (gone?.success) await stop(recorder);
}

/** Runs without a breakpoint: a flood of output, and an exit code. */
export async function flood(play: Play): Promise<Recording[]> {
  const recorder = await play.launch();
  await recorder.ask('configurationDone');
  recorder.note('stops', await toTheEnd(recorder));
  return play.end();
}

/** Begins anew while it stands, where that can be done. */
export async function restart(play: Play): Promise<Recording[]> {
  const { subject } = play;
  const launch = { ...subject.launch, ...subject.restartable };
  const configure = async (recorder: Recorder) => {
    await recorder.ask('setBreakpoints', {
      source: source(subject),
      breakpoints: [{ line: subject.lines.work, condition: subject.condition }],
    });
    await recorder.ask('configurationDone');
    await stop(recorder);
  };
  const recorder = await play.launch(launch);
  await configure(recorder);
  const answer = await recorder.ask('restart', { arguments: play.wrap(launch) });
  if (answer?.success) {
    if (subject.inChildren) await configure(await play.child());
    else {
      const event = await recorder.client.waitForEvent(['stopped', 'initialized']);
      if (event.event === 'initialized') await configure(recorder);
      else await look(recorder, event);
    }
  }
  return play.end({ terminateDebuggee: true });
}

/** Runs in the editor's terminal. */
export async function terminal(play: Play): Promise<Recording[]> {
  const recorder = await play.launch(play.subject.terminal, { supportsRunInTerminalRequest: true });
  await recorder.ask('configurationDone');
  recorder.note('stops', await toTheEnd(recorder));
  return play.end();
}

/** Debugs what the debuggee starts, each in a conversation of its own. */
export async function family(play: Play): Promise<Recording[]> {
  const { subject } = play;
  const parent = await play.launch(subject.family?.launch, { supportsStartDebuggingRequest: true });
  await parent.ask('configurationDone');
  const { processes = 0, workers = 0 } = subject.family ?? {};
  for (let count = 0; count < processes + workers; count++) {
    const child = await play.child();
    await child.ask('setBreakpoints', {
      source: source(subject),
      breakpoints: [{ line: subject.lines.work, condition: subject.condition }],
    });
    await child.ask('configurationDone');
    const { threadId, frame } = await stop(child);
    await variables(child, frame);
    // js-debug lets no worker end while it is debugged, and answers no `disconnect` before that.
    if (count >= processes) return play.hangUp();
    await child.ask('continue', { threadId });
    await toTheEnd(child);
  }
  await parent.client.waitForEvent('terminated');
  return play.end();
}

/** Many requests at once, one that nobody knows, and some after the debuggee's end. */
export async function crowd(play: Play): Promise<Recording[]> {
  const { subject } = play;
  const recorder = await play.launch();
  await recorder.ask('setBreakpoints', {
    source: source(subject),
    breakpoints: [{ line: subject.lines.work, condition: subject.condition }],
  });
  await recorder.ask('configurationDone');
  const { threadId, frame } = await stop(recorder);
  const before = recorder.client.log.length;
  await Promise.all(
    Array.from({ length: 6 }, (_, number) => [
      recorder.ask('threads'),
      recorder.ask('evaluate', { expression: `${number} + 1`, frameId: frame?.id, context: 'watch' }),
      recorder.ask('stackTrace', { threadId, startFrame: 0, levels: 1 }),
      recorder.ask('scopes', { frameId: frame?.id }),
    ]).flat(),
  );
  const answered = recorder.client.log.slice(before).filter(({ direction, message }) => {
    return direction === 'in' && message.type === 'response';
  });
  const order = answered.map(({ message }) => message.command);
  if (subject.inOrder) recorder.note('the order of the answers', order);
  if (subject.refuses?.unknown) await recorder.ask('no-such-request', { anything: ['at all'] });
  await recorder.ask('continue', { threadId });
  await toTheEnd(recorder);
  if (subject.refuses?.afterEnd) await recorder.ask('threads');
  return play.end();
}

/** Ends the debuggee as an editor's stop button does: `terminate` where there is such a request. */
export async function terminate(play: Play): Promise<Recording[]> {
  const { subject } = play;
  const recorder = await play.launch();
  await recorder.ask('setBreakpoints', {
    source: source(subject),
    breakpoints: [{ line: subject.lines.work }],
  });
  await recorder.ask('configurationDone');
  await stop(recorder);
  const answer = await recorder.ask('terminate', {});
  if (answer?.success) await recorder.client.waitForEvent('terminated');
  return play.end({ restart: false, terminateDebuggee: true });
}
