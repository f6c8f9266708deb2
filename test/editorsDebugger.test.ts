import { expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DapClient } from './dap/client.ts';
import { variables } from './fakeLaunch.ts';
import { connectClient, initialize, programs, runToBreakpoint } from './harness.ts';

/** A type that nobody here knows: the editor's debugger for it is debugpy. */
const debug = { ...programs.python.debug, type: 'shop', env: { OWN: 'own' }, console: 'internalConsole' };
const launch = { target: 'web', debug, __startsDebugging: true };

/** What the adapter asks of the editor. */
interface Asked {
  id: string;
  configuration: Record<string, unknown>;
}

async function asked(client: DapClient): Promise<Asked> {
  return (await client.waitForEvent('localprocess-k8s.startDebugging')).body as unknown as Asked;
}

/** The child session, as the editor runs it. */
async function startChild({ configuration }: Asked) {
  const client = DapClient.start(programs.python.debug.python, ['-m', 'debugpy.adapter']);
  await client.body('initialize', { ...initialize, adapterID: 'debugpy' });
  client.send('launch', { ...configuration, type: 'debugpy' });
  return { client, there: await runToBreakpoint(client, programs.python) };
}

test('a type of nobody is debugged by the editor, with the cluster’s variables; its end is the session’s', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const launched = client.send('launch', { ...launch, name: 'web' });
  const request = await asked(client);
  expect(request.configuration).toMatchObject({
    type: 'shop',
    request: 'launch',
    name: 'web',
    program: debug.program,
    env: { ...variables, OWN: 'own' },
  });
  const { client: child, there } = await startChild(request);
  await using own = child;
  expect(await there.evaluate('secret')).toContain('first');
  expect(await there.evaluate('os.environ["OWN"]')).toBe("'own'");

  await client.body('localprocess-k8s.debuggingStarted', { id: request.id, started: true });
  expect((await launched.answer).success).toBe(true);
  await client.waitForEvent('initialized');
  await client.body('setBreakpoints', { source: { path: debug.program }, breakpoints: [{ line: 1 }] });
  await client.body('configurationDone');
  expect((await client.body('threads')).threads).toEqual([]);
  expect(fake.left).toEqual([]);

  await own.body('continue', { threadId: there.threadId });
  await own.waitForEvent('terminated');
  await client.body('localprocess-k8s.debuggingEnded', { id: request.id });
  await client.waitForEvent('terminated');
  expect(fake.left).toEqual([{ inFlight: false, alone: false }]);
  await client.body('disconnect', {});
  await session.session.done;
});

test.each(['terminate', 'disconnect'])('%s ends the child session, and waits for it', async (command) => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  client.send('launch', launch);
  const { id } = await asked(client);
  await client.body('localprocess-k8s.debuggingStarted', { id, started: true });
  const order: string[] = [];
  const stopped = client.send(command, {}).answer.then(() => order.push('stopped'));
  expect((await client.waitForEvent('localprocess-k8s.stopDebugging')).body).toEqual({ id });
  expect(fake.left).toHaveLength(1);
  order.push('ended');
  await client.body('localprocess-k8s.debuggingEnded', { id });
  await stopped;
  expect(order).toEqual(['ended', 'stopped']);
  if (command === 'terminate') await client.waitForEvent('terminated');
});

test('a child session that does not end does not keep the session from ending in the editor’s two seconds', async () => {
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  client.send('launch', launch);
  const { id } = await asked(client);
  await client.body('localprocess-k8s.debuggingStarted', { id, started: true });
  const began = performance.now();
  await client.body('disconnect', {});
  expect(performance.now() - began).toBeLessThan(2000);
  await session.session.done;
});

test('a restart keeps the connection, and asks for another child session', async () => {
  const ids: string[] = [];
  for (const kept of [1, 0]) {
    await using session = connectClient();
    const { client, fake } = session;
    await client.body('initialize', initialize);
    client.send('launch', launch);
    const { id } = await asked(client);
    ids.push(id);
    await client.body('localprocess-k8s.debuggingStarted', { id, started: true });
    client.onEvent('localprocess-k8s.stopDebugging', () => {
      client.send('localprocess-k8s.debuggingEnded', { id });
    });
    await client.body('disconnect', kept === 1 ? { restart: true } : {});
    await session.session.done;
    expect(fake).toMatchObject({ kept, left: kept === 1 ? [] : [{ alone: false }] });
  }
  expect(new Set(ids).size).toBe(2);
});

test.each([
  [{ message: 'The extension is disabled.' }, /\(The extension is disabled\)/],
  [{}, /\(it has said why\)/],
])('the editor cannot start it: %j', async (more, words) => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const launched = client.send('launch', launch);
  const { id } = await asked(client);
  await client.body('localprocess-k8s.debuggingStarted', { id, started: false, ...more });
  const answer = await launched.answer;
  expect(answer.success).toBe(false);
  const error = answer.body?.error;
  expect(error).toMatchObject({ id: 501, showUser: true });
  expect(error?.format).toMatch(/^Cannot debug "shop": the editor did not start its debugger/);
  expect(error?.format).toMatch(words);
  await client.waitForEvent('terminated');
  expect(fake.left).toHaveLength(1);
});

test('a child session that ends before it was said to have begun', async () => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const launched = client.send('launch', launch);
  const { id } = await asked(client);
  await client.body('localprocess-k8s.debuggingEnded', { id });
  expect((await launched.answer).success).toBe(true);
  await client.waitForEvent('terminated');
  expect(fake.left).toHaveLength(1);
  await client.body('localprocess-k8s.debuggingStarted', { id, started: true });
  await client.body('localprocess-k8s.debuggingEnded', { id });
  expect(client.events('terminated')).toHaveLength(1);
});

test.each([undefined, {}, { id: 'other', started: true }, { id: 7 }])(
  '%j is no answer: the debugger is still waited for',
  async (args) => {
    await using session = connectClient();
    const { client } = session;
    await client.body('initialize', initialize);
    const launched = client.send('launch', launch);
    const { id } = await asked(client);
    for (const name of ['Started', 'Ended']) {
      const answer = await client.request(`localprocess-k8s.debugging${name}`, args);
      expect(answer.success).toBe(false);
      expect(answer.body?.error?.format).toMatch(/none of that name is to be started\.$/);
      expect(answer.body?.error?.showUser).toBe(false);
    }
    const unknown = await client.request('localprocess-k8s.nosuch', { id });
    expect(unknown.success).toBe(false);
    await client.body('localprocess-k8s.debuggingStarted', { id, started: true });
    expect((await launched.answer).success).toBe(true);
  },
);

test.each<[string, object, string]>([
  [
    'the editor does not start debuggers',
    { __startsDebugging: undefined },
    'Cannot find a debug adapter for "shop"',
  ],
  ['it says so in another way', { __startsDebugging: 'yes' }, 'Cannot find a debug adapter for "shop"'],
  [
    'the user has named a debug adapter',
    { debugAdapter: { command: 'no-such-adapter' } },
    'Cannot start the debug adapter "no-such-adapter"',
  ],
  [
    'the user has named the debugger',
    { debug: { ...programs.go.debug, dlvToolPath: '/no/such/dlv' } },
    '"/no/such/dlv" is not an executable file',
  ],
])('%s: the error is that of a debugger that is missing', async (_, more, words) => {
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  const launched = await client.request('launch', { ...launch, ...more });
  expect(launched.body?.error?.id).toBe(500);
  expect(launched.message).toContain(words);
  expect(client.events('localprocess-k8s.startDebugging')).toEqual([]);
});

test('java, which cannot be started by anybody but the editor, is left to it', async () => {
  await using session = connectClient({ debuggerType: 'java' });
  const { client } = session;
  await client.body('initialize', initialize);
  client.send('launch', { ...launch, noDebug: true, debug: { type: 'java', request: 'attach', port: 5005 } });
  const { configuration } = await asked(client);
  expect(configuration).toMatchObject({ type: 'java', request: 'attach', noDebug: true, env: variables });
});

test('what is meant for a debugger’s process is in the configuration, where the editor starts it', async () => {
  await using session = connectClient();
  const { client } = session;
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await client.body('initialize', initialize);
    client.send('launch', { ...launch, debug: { type: 'rdbg', script: 'server.rb', env: { OWN: 'own' } } });
    const { configuration } = await asked(client);
    expect(configuration).toMatchObject({ type: 'rdbg', env: { ...variables, OWN: 'own' } });
  } finally {
    process.env.PATH = path;
  }
});

test.each([
  [{ hosts: 'private' }, 'Cannot do as "hosts": "private" says: the editor starts the debugger for "shop"'],
  [{ volumes: { at: 'realPaths' } }, 'Cannot do as "volumes": {"at": "realPaths"} says: the editor starts'],
])('%j is refused before anything is touched', async (asks, words) => {
  await using session = connectClient();
  const { client, fake } = session;
  const configuration = {
    ...{ debug, hosts: 'system', volumes: { at: 'folder' } },
    ...asks,
  } as unknown as Parameters<Parameters<typeof fake.before>[0]['find']>[0];
  fake.before = async (context) => {
    await context.find(configuration);
  };
  await client.body('initialize', initialize);
  const launched = await client.request('launch', launch);
  const { error } = launched.body as { error: DebugProtocol.Message };
  expect(error.id).toBe(406);
  expect(error.format).toContain(words);
});
