import { expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DapClient } from './dap/client.ts';
import { variables } from './fakeLaunch.ts';
import { connectClient, fixture, initialize, programs, runToBreakpoint } from './harness.ts';

/** As many sessions as a test needs, ended with it. */
function severalClients() {
  const all: ReturnType<typeof connectClient>[] = [];
  return {
    connect: () => {
      const one = connectClient();
      all.push(one);
      return one;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

const supporting = { ...initialize, supportsStartDebuggingRequest: true };

/** Answers `startDebugging`, and resolves with the first. */
function firstChild(client: DapClient): Promise<DebugProtocol.StartDebuggingRequestArguments> {
  return new Promise((resolve) => {
    client.onRequest('startDebugging', (request) => {
      resolve(request.arguments as unknown as DebugProtocol.StartDebuggingRequestArguments);
    });
  });
}

test('js-debug’s child is debugged through a second adapter, without the cluster', async () => {
  await using parent = connectClient();
  const child = firstChild(parent.client);
  await parent.client.body('initialize', supporting);
  parent.client.send('launch', { target: 'web', debug: programs.node.debug });
  await parent.client.waitForEvent('initialized');
  await parent.client.body('configurationDone');
  const { request, configuration } = await child;
  expect(configuration).toMatchObject({
    type: 'localprocess-k8s',
    __localprocess: { host: '127.0.0.1', type: 'pwa-node' },
  });

  await using second = connectClient();
  const { client } = second;
  await client.body('initialize', supporting);
  client.send(request, configuration);
  const there = await runToBreakpoint(client, programs.node);
  expect(await there.evaluate('total')).toBe('42');
  expect(await there.evaluate('secret.length')).toBe(String(variables.SECRET?.length));
  await client.body('continue', { threadId: there.threadId });
  await client.waitForEvent('terminated');
  await parent.client.waitForEvent('terminated');
  expect(second.fake.processes).toEqual([]);
  expect(parent.fake.left).toHaveLength(1);
});

test('an editor’s integration that starts child sessions itself is told of them by an event of our own', async () => {
  await using parent = connectClient();
  parent.client.onRequest('startDebugging', () => {
    throw new Error('The editor was asked to start the child as well.');
  });
  const announced = parent.client.waitForEvent('localprocess-k8s.startChild');
  await parent.client.body('initialize', supporting);
  parent.client.send('launch', { target: 'web', __startsChildren: true, debug: programs.node.debug });
  await parent.client.waitForEvent('initialized');
  await parent.client.body('configurationDone');
  const { request, configuration } = (await announced)
    .body as unknown as DebugProtocol.StartDebuggingRequestArguments;
  expect(configuration).toMatchObject({
    type: 'localprocess-k8s',
    __localprocess: { host: '127.0.0.1', type: 'pwa-node' },
  });

  await using second = connectClient();
  const { client } = second;
  await client.body('initialize', supporting);
  client.send(request, { ...configuration, __startsChildren: true });
  const there = await runToBreakpoint(client, programs.node);
  expect(await there.evaluate('total')).toBe('42');
  await client.body('continue', { threadId: there.threadId });
  await client.waitForEvent('terminated');
  await parent.client.waitForEvent('terminated');
});

test('a child session inherits what waits for the server to be ready', async () => {
  await using parent = connectClient();
  const child = firstChild(parent.client);
  await parent.client.body('initialize', supporting);
  const serverReadyAction = { pattern: 'total ([0-9]+)' };
  parent.client.send('launch', { target: 'web', debug: programs.node.debug, serverReadyAction });
  await parent.client.waitForEvent('initialized');
  await parent.client.body('configurationDone');
  const { request, configuration } = await child;
  expect(configuration).toMatchObject({ serverReadyAction });

  // It is there that the program's words are heard.
  await using second = connectClient();
  await second.client.body('initialize', supporting);
  second.client.send(request, configuration);
  await second.client.waitForEvent('initialized');
  await second.client.body('configurationDone');
  await second.client.waitForEvent('output', ({ body }) => String(body?.output).includes('total 42'));
  expect(parent.client.output('stdout')).not.toContain('total');
});

test.each([
  ['js-debug: a worker and another process', { ...programs.node, file: fixture('family.js'), line: 9 }, 3],
  ['debugpy: a process of a process', { ...programs.python, file: fixture('family.py'), line: 6 }, 2],
])('%s: each is debugged in an adapter of its own, without the cluster', async (_, program, children) => {
  await using sessions = severalClients();
  const totals: unknown[] = [];
  const configurations: string[] = [];
  let all: () => void = () => undefined;
  const everybody = new Promise<void>((resolve) => (all = resolve));
  const failures: unknown[] = [];
  /** Debugs a child as an editor does, and the children that it announces. */
  const debug = async (asked: DebugProtocol.StartDebuggingRequestArguments) => {
    configurations.push(JSON.stringify(asked.configuration));
    const session = sessions.connect();
    const { client } = session;
    listen(client);
    await client.body('initialize', supporting);
    client.send(asked.request, asked.configuration);
    const there = await runToBreakpoint(client, program);
    totals.push(await there.evaluate('total'));
    expect(session.fake.processes).toEqual([]);
    await client.body('continue', { threadId: there.threadId });
    if (totals.length === children) all();
  };
  const listen = (client: DapClient) =>
    client.onRequest('startDebugging', (request) => {
      debug(request.arguments as unknown as DebugProtocol.StartDebuggingRequestArguments).catch(
        (error: unknown) => failures.push(error),
      );
    });

  const parent = sessions.connect();
  listen(parent.client);
  await parent.client.body('initialize', supporting);
  const configuration = { ...program.debug, program: program.file, subProcess: true };
  parent.client.send('launch', { target: 'web', debug: configuration });
  await parent.client.waitForEvent('initialized');
  await parent.client.body('configurationDone');
  await everybody;
  await parent.client.waitForEvent('terminated');
  expect(failures).toEqual([]);
  expect(totals).toHaveLength(children);
  for (const one of configurations) {
    expect(one).toContain('__localprocess');
    expect(one).not.toMatch(/SECRET|CLUSTER_ONLY|only-in-the-cluster/);
  }
  expect(parent.fake.left).toHaveLength(1);
});

test('folded: what is set before and after the child begins has one numbering', async () => {
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.node.debug });
  const { file } = programs.node;
  // Two files, so that the numbers of the child need not be those of the parent.
  await client.waitForEvent('initialized');
  const set = async (path: string, lines: number[]) => {
    const body = (await client.body('setBreakpoints', {
      source: { path },
      breakpoints: lines.map((line) => ({ line })),
    })) as DebugProtocol.SetBreakpointsResponse['body'];
    return body.breakpoints.map(({ id }) => id);
  };
  const [elsewhere] = await set(`${file}.other`, [1]);
  const [first] = await set(file, [3]);
  expect(new Set([elsewhere, first]).size).toBe(2);
  await client.body('configurationDone');
  const stopped = await client.waitForEvent('stopped');
  expect(stopped.body?.hitBreakpointIds).toEqual([first]);
  // The client was told of the provisional breakpoint under its own number.
  const told = client.events('breakpoint').map(({ body }) => (body?.breakpoint as { id: number }).id);
  expect(told).toContain(first);

  const again = await set(file, [3, 4]);
  await client.body('continue', { threadId: stopped.body?.threadId });
  const next = await client.waitForEvent('stopped');
  expect(next.body?.hitBreakpointIds).toEqual([again[1]]);
  expect(again[1]).not.toBe(elsewhere);
  await client.body('continue', { threadId: stopped.body?.threadId });
  await client.waitForEvent('terminated');
  expect(client.events('terminated')).toHaveLength(1);
});

test('folded: a restart debugs the new process with the same breakpoints', async () => {
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  const configuration = { target: 'web', debug: { ...programs.node.debug, args: ['0', '60000'] } };
  client.send('launch', configuration);
  const there = await runToBreakpoint(client, programs.node);
  const before = await there.evaluate('process.pid');
  const restarted = client.send('restart', { arguments: configuration });
  const stopped = await client.waitForEvent('stopped');
  expect((await restarted.answer).success).toBe(true);
  const { stackFrames } = (await client.body('stackTrace', {
    threadId: stopped.body?.threadId,
  })) as DebugProtocol.StackTraceResponse['body'];
  const frameId = stackFrames[0]?.id;
  const secret = await client.body('evaluate', { expression: 'secret.length', frameId });
  expect(secret.result).toBe(String(variables.SECRET?.length));
  const pid = await client.body('evaluate', { expression: 'process.pid', frameId });
  expect(pid.result).not.toBe(before);
});

test('folded: on a breakpoint, the debugger itself answers "disconnect"', async () => {
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.node.debug });
  await runToBreakpoint(client, programs.node);
  // An answer that was given in its place, since it was too late, would have no body.
  expect((await client.request('disconnect', { terminateDebuggee: true })).body).toEqual({});
  await session.session.done;
});

test('debugpy announces a child without the cluster’s variables, and it is debugged by a second adapter', async () => {
  await using parent = connectClient();
  const child = firstChild(parent.client);
  await parent.client.body('initialize', supporting);
  const debug = {
    ...programs.python.debug,
    program: programs.python.file.replace('server.py', 'parent.py'),
    env: { OWN: 'mine' },
    subProcess: true,
  };
  parent.client.send('launch', { target: 'web', debug });
  await parent.client.waitForEvent('initialized');
  await parent.client.body('configurationDone');
  const { request, configuration } = await child;
  expect(request).toBe('attach');
  expect(JSON.stringify(configuration)).not.toMatch(/SECRET|CLUSTER_ONLY|only-in-the-cluster/);
  expect(JSON.stringify(configuration)).toContain('mine');

  await using second = connectClient();
  const { client } = second;
  await client.body('initialize', supporting);
  client.send(request, configuration);
  const there = await runToBreakpoint(client, programs.python);
  expect(await there.evaluate('total')).toBe('42');
  await client.body('continue', { threadId: there.threadId });
  await client.waitForEvent('terminated');
  await parent.client.waitForEvent('terminated');
});

test('an attribute that leads a child session to another machine is refused', async () => {
  await using session = connectClient();
  await session.client.body('initialize', initialize);
  const answer = await session.client.request('launch', {
    __localprocess: { host: 'example.org', port: 80, type: 'pwa-node' },
  });
  expect(answer.body?.error?.id).toBe(100);
  expect(session.fake.left).toEqual([]);
});
