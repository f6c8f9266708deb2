import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import type * as vscode from 'vscode';
import { startElsewhere, type Debugging } from '../../extension/elsewhere.ts';
import { DapClient } from '../dap/client.ts';
import { connectClient, initialize, programs } from '../harness.ts';

type Options = vscode.DebugSessionOptions;

/** An event as extensions listen to it. */
function emitter<T>() {
  const listeners = new Set<(value: T) => unknown>();
  const event = (listener: (value: T) => unknown) => {
    listeners.add(listener);
    return { dispose: () => listeners.delete(listener) };
  };
  return {
    count: () => listeners.size,
    event: event as unknown as vscode.Event<T>,
    fire: (value: T) => listeners.forEach((one) => one(value)),
  };
}

/**
 * VS Code's part: sessions with real debug adapters behind them. Ours are in this process; those of the type "shop" are
 * debugpy's.
 */
function workbench() {
  const custom = emitter<vscode.DebugSessionCustomEvent>();
  const begun = emitter<vscode.DebugSession>();
  const ended = emitter<vscode.DebugSession>();
  const children: { session: vscode.DebugSession; client: DapClient; options: Options }[] = [];
  /** Decides what becomes of a child session. */
  let start: () => Promise<boolean> = () => Promise.resolve(true);

  const sessionOf = (
    client: DapClient,
    configuration: vscode.DebugConfiguration,
    parent?: vscode.DebugSession,
  ) =>
    ({
      id: `${configuration.type} ${children.length}`,
      type: configuration.type,
      name: configuration.name,
      workspaceFolder: undefined,
      configuration,
      parentSession: parent,
      customRequest: (command: string, args: unknown) => client.body(command, args),
    }) as unknown as vscode.DebugSession;

  const debug: Debugging = {
    onDidReceiveDebugSessionCustomEvent: custom.event,
    onDidStartDebugSession: begun.event,
    onDidTerminateDebugSession: ended.event,
    startDebugging: async (_, configuration, options) => {
      if (!(await start())) return false;
      const given = configuration as vscode.DebugConfiguration;
      const client = DapClient.start(programs.python.debug.python, ['-m', 'debugpy.adapter']);
      await client.body('initialize', { ...initialize, adapterID: 'debugpy' });
      const session = sessionOf(client, given, (options as Options).parentSession);
      children.push({ session, client, options: options as Options });
      client.send('launch', { ...given, type: 'debugpy' });
      await client.waitForEvent('initialized');
      begun.fire(session);
      // VS Code lets go of a debugger that has said so, and ends its process, whether or not it answers.
      client.onEvent('terminated', () => {
        client.send('disconnect', {});
        client.hangUp();
      });
      if (client.process) void once(client.process, 'exit').then(() => ended.fire(session));
      return true;
    },
  };
  return {
    debug,
    children,
    ended,
    listeners: () => custom.count() + begun.count() + ended.count(),
    answerStart: (answer: () => Promise<boolean>) => (start = answer),
    /** A session of ours, as VS Code has it. */
    begin: (client: DapClient) => {
      const session = sessionOf(client, { type: 'localprocess-k8s', request: 'launch', name: 'web' });
      for (const name of ['localprocess-k8s.startDebugging', 'localprocess-k8s.stopDebugging'])
        client.onEvent(name, ({ event, body }) => custom.fire({ session, event, body }));
      return session;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(children.map(({ client }) => client[Symbol.asyncDispose]()));
    },
  };
}

const debug = { ...programs.python.debug, type: 'shop' };
const launch = { target: 'web', debug, __startsDebugging: true };

test('a child session is started with the variables, and its end is the session’s', async () => {
  await using editor = workbench();
  await using ours = connectClient();
  const elsewhere = startElsewhere(editor.debug);
  const parent = editor.begin(ours.client);
  await ours.client.body('initialize', initialize);
  await ours.client.body('launch', launch);
  const [child] = editor.children;
  if (!child) throw new Error('There is no child session.');
  expect(child.options).toEqual({
    parentSession: parent,
    lifecycleManagedByParent: true,
    compact: true,
    noDebug: false,
  });
  const { body } = await runUntilStopped(child.client);
  const { stackFrames } = (await child.client.body('stackTrace', { threadId: body?.threadId })) as {
    stackFrames: { id: number }[];
  };
  const { result } = await child.client.body('evaluate', {
    expression: 'os.environ["CLUSTER_ONLY"]',
    frameId: stackFrames[0]?.id,
  });
  expect(result).toBe("'only-in-the-cluster'");
  await child.client.body('continue', { threadId: body?.threadId });
  await ours.client.waitForEvent('terminated');
  expect(ours.fake.left).toHaveLength(1);
  // It listens no more when it has been told to stop.
  elsewhere.dispose();
  expect(editor.listeners()).toBe(0);
});

test('stopping the session ends the child session before it answers', async () => {
  await using editor = workbench();
  await using ours = connectClient();
  startElsewhere(editor.debug);
  editor.begin(ours.client);
  await ours.client.body('initialize', initialize);
  await ours.client.body('launch', { ...launch, noDebug: false });
  const [child] = editor.children;
  if (!child?.client.process) throw new Error('There is no child session.');
  await runUntilStopped(child.client);
  const exited = once(child.client.process, 'exit');
  await ours.client.body('disconnect', {});
  await exited;
  await ours.session.done;
});

test('a session that is stopped while its child begins ends that as soon as it has begun', async () => {
  await using editor = workbench();
  await using ours = connectClient();
  startElsewhere(editor.debug);
  let go: () => void = () => undefined;
  const gate = new Promise<boolean>((resolve) => (go = () => resolve(true)));
  editor.answerStart(() => gate);
  editor.begin(ours.client);
  await ours.client.body('initialize', initialize);
  ours.client.send('launch', launch);
  await ours.client.waitForEvent('localprocess-k8s.startDebugging');
  const stopped = ours.client.send('disconnect', {}).answer;
  await ours.client.waitForEvent('localprocess-k8s.stopDebugging');
  const ended = new Promise<void>((resolve) => editor.ended.event(() => resolve()));
  go();
  await ended;
  expect((await stopped).success).toBe(true);
});

test.each([
  ['it does not start', () => Promise.resolve(false), /\(it has said why\)/],
  ['it fails', () => Promise.reject(new Error('No debugger is enabled.')), /\(No debugger is enabled\)/],
])('%s: the launch fails', async (_, answer, words) => {
  await using editor = workbench();
  await using ours = connectClient();
  startElsewhere(editor.debug);
  editor.answerStart(answer);
  editor.begin(ours.client);
  await ours.client.body('initialize', initialize);
  const launched = await ours.client.request('launch', launch);
  expect(launched.success).toBe(false);
  expect(launched.body?.error?.format).toMatch(words);
  expect(ours.fake.left).toHaveLength(1);
});

test('a session that was killed takes its child session with it', async () => {
  await using editor = workbench();
  await using ours = connectClient();
  startElsewhere(editor.debug);
  const parent = editor.begin(ours.client);
  await ours.client.body('initialize', initialize);
  await ours.client.body('launch', launch);
  const [child] = editor.children;
  if (!child?.client.process) throw new Error('There is no child session.');
  await runUntilStopped(child.client);
  const exited = once(child.client.process, 'exit');
  editor.ended.fire(parent);
  await exited;
});

/** Sets the breakpoint, and waits until it is reached: from then on nothing ends by itself. */
async function runUntilStopped(client: DapClient) {
  const { file, line } = programs.python;
  await client.body('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
  await client.body('configurationDone');
  return client.waitForEvent('stopped');
}
