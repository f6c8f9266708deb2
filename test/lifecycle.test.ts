import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { TerminatedEvent } from '@vscode/debugadapter';
import type { Message } from '../adapter/dap/message.ts';
import { Peer } from '../adapter/dap/peer.ts';
import { LaunchError } from '../adapter/errors.ts';
import { DapClient } from './dap/client.ts';
import { buildAdapter, connectClient, initialize, programs, runToBreakpoint } from './harness.ts';
import { gone, isAlive } from './processes.ts';

test('disconnecting on a breakpoint leaves the cluster first, waits for no request, and ends the debuggee', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  const order: string[] = [];
  fake.leaving = () => {
    order.push('left');
    return Promise.resolve();
  };
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.python.debug });
  const there = await runToBreakpoint(client, programs.python);
  const pid = Number(await there.evaluate('os.getpid()'));
  expect(isAlive(pid)).toBe(true);
  await client.body('disconnect', { terminateDebuggee: true });
  order.push('answered');
  await session.session.done;
  expect(order).toEqual(['left', 'answered']);
  expect(fake.left).toEqual([{ inFlight: false, alone: false }]);
  expect(isAlive(pid)).toBe(false);
});

test('a running debuggee may have requests in flight', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: { ...programs.node.debug, args: ['0', '60000'] } });
  await client.waitForEvent('initialized');
  await client.body('configurationDone');
  await client.waitForEvent('output', ({ body }) => String(body?.output).startsWith('secret'));
  await client.body('disconnect', {});
  await session.session.done;
  expect(fake.left).toEqual([{ inFlight: true, alone: false }]);
});

test('a slow leave does not keep the debugger from ending in the editor’s two seconds', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  let leave: () => void = () => undefined;
  fake.leaving = () => new Promise((resolve) => (leave = resolve));
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.python.debug });
  await runToBreakpoint(client, programs.python);
  const began = performance.now();
  await client.body('disconnect', {});
  expect(performance.now() - began).toBeLessThan(2000);
  // But the session is not over before the cluster has been left.
  let over = false;
  void session.session.done.then(() => (over = true));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(over).toBe(false);
  leave();
  await session.session.done;
});

test('a debugger that dies is reported with its last words, every request is answered, the cluster is left', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.go.debug });
  const there = await runToBreakpoint(client, programs.go);
  const evaluated = there.evaluate('total');
  await evaluated;
  const [pid] = fake.processes;
  if (pid === undefined) throw new Error('No debugger was started.');
  const { answer } = client.send('pause', { threadId: 1 });
  process.kill(pid, 'SIGKILL');
  await client.waitForEvent('terminated');
  expect(client.output('stderr')).toMatch(/ended by SIGKILL/);
  await answer;
  const late = await client.request('threads');
  expect(late.success).toBe(false);
  expect(fake.left).toEqual([{ inFlight: false, alone: false }]);
  await client.body('disconnect', {});
  await session.session.done;
});

test('a debuggee that exits at once with an error: the code arrives, the cluster is left', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: { ...programs.python.debug, args: ['7'] } });
  await client.waitForEvent('initialized');
  await client.body('configurationDone');
  const exited = await client.waitForEvent('exited');
  expect(exited.body?.exitCode).toBe(7);
  await client.waitForEvent('terminated');
  expect(fake.left).toEqual([{ inFlight: false, alone: false }]);
});

test('a program that is not there fails the launch with the debugger’s own words, and everything is undone', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const launched = await client.request('launch', {
    target: 'web',
    debug: { ...programs.go.debug, program: '/no/such/program' },
  });
  expect(launched.success).toBe(false);
  expect(JSON.stringify(launched.body)).toContain('Failed to launch');
  expect(fake.left).toHaveLength(1);
  await client.waitForEvent('terminated');
});

test('a launch that fails answers with its code and message, and declines what was waiting', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  fake.before = () => Promise.reject(new LaunchError('target-missing', 'Cannot find service "web".'));
  await client.body('initialize', initialize);
  const waiting = client.send('threads');
  const launched = await client.request('launch', { target: 'web', debug: programs.node.debug });
  expect(launched).toMatchObject({
    success: false,
    message: 'Cannot find service "web".',
    body: { error: { id: 206, format: 'Cannot find service "web".', showUser: true } },
  });
  expect((await waiting.answer).success).toBe(false);
  await client.waitForEvent('terminated');
  expect(fake.left).toEqual([]);
});

test('the progress of a launch that fails has ended when the failure is answered: VS Code hears nothing after it', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  fake.before = () => Promise.reject(new LaunchError('target-missing', 'Cannot find service "web".'));
  await client.body('initialize', { ...initialize, supportsProgressReporting: true });
  const launched = await client.request('launch', { target: 'web', debug: programs.node.debug });
  const received = client.log.map(({ message }) => message);
  const end = received.findIndex(({ event }) => event === 'progressEnd');
  expect(end).toBeGreaterThan(0);
  expect(end).toBeLessThan(received.findIndex(({ request_seq }) => request_seq === launched.request_seq));
  await client.waitForEvent('terminated');
  expect(client.events('progressEnd')).toHaveLength(1);
});

test.each(['progressId', 'requestId', 'terminate', 'disconnect'])(
  'a launch is cancelled by %s',
  async (how) => {
    await using session = connectClient();
    const { client, fake } = session;
    fake.before = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () =>
          reject(new LaunchError('cancelled', 'The launch was cancelled.')),
        );
      });
    await client.body('initialize', { ...initialize, supportsProgressReporting: true });
    const { seq, answer } = client.send('launch', { target: 'web', debug: programs.node.debug });
    const progress = await client.waitForEvent('progressStart');
    expect(progress.body).toMatchObject({ cancellable: true, message: 'Connecting to the cluster' });
    const { progressId } = progress.body ?? {};
    if (how === 'progressId') await client.body('cancel', { progressId });
    else if (how === 'requestId') await client.body('cancel', { requestId: seq });
    else await client.body(how, {});
    // Nobody has to be told what they wanted.
    expect(await answer).toMatchObject({ success: false, body: { error: { id: 600, showUser: false } } });
    if (how !== 'disconnect') await client.waitForEvent('progressEnd');
    expect(fake.processes).toEqual([]);
  },
);

test('a connection that is lost tells the user, and ends the session', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.python.debug });
  await runToBreakpoint(client, programs.python);
  fake.lose(new LaunchError('agent-lost', 'The agent was removed.'));
  await client.waitForEvent('terminated');
  expect(client.output('important')).toBe('The agent was removed.\n');
  expect(fake.left).toHaveLength(1);
});

test('a debugger that is not installed is an error of the launch', async () => {
  await using session = connectClient({ debuggerType: 'nosuch' });
  const { client } = session;
  expect((await client.request('initialize', initialize)).success).toBe(true);
  const launched = await client.request('launch', { target: 'web', debug: { type: 'nosuch' } });
  expect(launched.body?.error?.id).toBe(500);
  expect(launched.message).toContain('"debugpy"');
});

test.each(['stdin', 'SIGTERM', 'SIGINT', 'SIGKILL'])(
  'as a program: after %s neither adapter, debugger nor debuggee is left',
  async (how) => {
    await using adapter = await buildAdapter();
    for (const kind of ['node', 'python', 'go'] as const) {
      await using client = DapClient.start(process.execPath, [adapter.path], { cwd: process.cwd() });
      await client.body('initialize', initialize);
      client.send('launch', { target: 'web', debug: programs[kind].debug });
      const there = await runToBreakpoint(client, programs[kind]);
      const expression = { node: 'process.pid', python: 'os.getpid()', go: 'pid' }[kind];
      const pid = Number(await there.evaluate(expression));
      expect(isAlive(pid)).toBe(true);
      const exited = once(client.process ?? process, 'exit');
      if (how === 'stdin') client.hangUp();
      else client.process?.kill(how as NodeJS.Signals);
      await exited;
      if (how !== 'SIGKILL') expect(client.stderr).toContain('left');
      await gone(pid);
    }
  },
);

test.each([
  ['terminate', { restart: true }],
  ['disconnect', { restart: true, terminateDebuggee: true }],
])('%s with "restart": the connection is kept for the next debugger', async (command, args) => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.python.debug });
  const there = await runToBreakpoint(client, programs.python);
  const pid = Number(await there.evaluate('os.getpid()'));
  await client.body(command, args);
  if (command === 'terminate') {
    await client.waitForEvent('terminated');
    await client.body('disconnect', { terminateDebuggee: false });
  }
  await session.session.done;
  expect(fake).toMatchObject({ kept: 1, left: [] });
  expect(isAlive(pid)).toBe(false);
});

test('a connection that cannot be kept is left', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  fake.keeping = () => Promise.reject(new Error('There is no socket.'));
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug: programs.python.debug });
  await runToBreakpoint(client, programs.python);
  await client.body('disconnect', { restart: true });
  await session.session.done;
  expect(fake).toMatchObject({ kept: 0, left: [{ inFlight: false, alone: false }] });
});

test.each([
  ['disconnects in order to restart', { restart: true }, { kept: 1, left: [] }],
  ['does not', {}, { kept: 0, left: [{ inFlight: false, alone: false }] }],
])('a debugger asks for a restart, and the editor %s', async (_, args, end) => {
  await using debuggers = await scripted((request, peer) => {
    peer.respond(request, request.name === 'initialize' ? {} : undefined);
    if (request.name === 'launch') peer.event(new TerminatedEvent({ port: 1 }));
  });
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const debugAdapter = { port: debuggers.port };
  await client.body('launch', { target: 'web', debug: { type: 'own' }, debugAdapter });
  const { body } = await client.waitForEvent('terminated');
  expect(body).toEqual({ restart: { port: 1 } });
  expect(fake).toMatchObject({ kept: 0, left: [] });
  await client.body('disconnect', args);
  await session.session.done;
  expect(fake).toMatchObject(end);
});

test('a debugger that ends as soon as it is terminated in order to restart: the connection is kept', async () => {
  await using debuggers = await scripted((request, peer) => {
    peer.respond(request, request.name === 'initialize' ? { supportsTerminateRequest: true } : undefined);
    if (request.name === 'terminate') void peer.end();
  });
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const debugAdapter = { port: debuggers.port };
  await client.body('launch', { target: 'web', debug: { type: 'own' }, debugAdapter });
  await client.body('terminate', { restart: true });
  await client.waitForEvent('terminated');
  await client.body('disconnect', { terminateDebuggee: false });
  await session.session.done;
  expect(fake).toMatchObject({ kept: 1, left: [] });
});

/** A debug adapter that answers each request as the test says. */
async function scripted(answer: (request: Message, peer: Peer) => void) {
  const server = createServer((socket) => {
    const peer = new Peer(socket, socket);
    peer.listen({ request: (request) => answer(request, peer), event: () => undefined });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
