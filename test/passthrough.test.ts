import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import getPort from 'get-port';
import { execa } from 'execa';
import { DapClient, type Answer } from './dap/client.ts';
import { ended, listens, serve } from './differential/ways.ts';
import { buildAdapter, fixture, initialize, programs, root, runToBreakpoint } from './harness.ts';

let main: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  main = await buildAdapter(join(root, 'adapter', 'main.ts'));
});
afterAll(async () => {
  await main[Symbol.asyncDispose]();
});

const scripted = [process.execPath, fixture('deeds.mjs')];
const debugpy = [join(root, '.venv', 'bin', 'python'), '-m', 'debugpy.adapter'];
const relay = (...args: string[]) => [main.path, 'dap', ...args];
/** A conversation through the relay with an adapter that it starts. */
const before = (...command: string[]) => DapClient.start(process.execPath, relay('--adapter', ...command));

async function listening(...args: string[]) {
  const line = [process.execPath, ...relay('--listen', '0', ...args)];
  const server = await serve({ line, cwd: root, announces: listens });
  return { ...server, [Symbol.asyncDispose]: () => ended(server.process) };
}

test.each([
  { args: ['--adapter'], code: 2, says: /"--adapter" needs a command, e\.g\. / },
  { args: ['--adapter', ''], code: 2, says: /"--adapter" needs a command, e\.g\. / },
  ...['4711', 'localhost', ':4711', '127.0.0.1:0', '127.0.0.1:99999', '127.0.0.1:http', '::1:4711'].map(
    (to) => ({
      args: ['--connect', to],
      code: 2,
      says: `"--connect" has to be HOST:PORT, e.g. "127.0.0.1:4711", and is "${to}".`,
    }),
  ),
  {
    args: ['--connect', '127.0.0.1:1', '--adapter', 'x'],
    code: 2,
    says: '"--adapter" and "--connect" both name an adapter: give one of them.',
  },
  ...[
    ['--connect', '127.0.0.1:1'],
    ['--adapter', 'x'],
  ].map((args) => ({
    args: ['--debugger', 'debugpy', ...args],
    code: 2,
    says: '"--debugger" names an adapter already: leave it out, or the other one.',
  })),
  {
    args: ['--adapter', 'no-such-program', '--help'],
    code: 1,
    says: 'error 500: Cannot start the debug adapter "no-such-program": there is no such program on PATH. Install it, or correct what follows "--adapter".',
  },
  {
    args: ['--listen', '0', '--adapter', './README.md'],
    code: 1,
    says: 'error 500: Cannot start the debug adapter "./README.md": it is not an executable file. Install it, or correct what follows "--adapter".',
  },
])('dap $args: one message', async ({ args, code, says }) => {
  const line = relay(...args);
  const { exitCode, stdout, stderr } = await execa(process.execPath, line, { reject: false, input: '' });
  expect(stdout).toBe('');
  const [first = '', usage, ...more] = stderr.split('\n');
  expect(first.replace('localprocess-k8s: ', '')).toEqual(
    typeof says === 'string' ? says : expect.stringMatching(says),
  );
  expect(more).toEqual([]);
  expect(usage).toEqual(code === 2 ? expect.stringMatching(/^usage: localprocess-k8s dap /) : undefined);
  expect(exitCode).toBe(code);
});

test('where nobody listens, every request is told so, and so is whoever started the relay', async () => {
  const port = await getPort();
  const says = `Cannot connect to the debug adapter at "127.0.0.1:${port}": connect ECONNREFUSED 127.0.0.1:${port}. Start it there, or correct "--connect".`;
  await using server = await listening('--connect', `127.0.0.1:${port}`);
  await using dialled = await DapClient.dial(server.port);
  await using started = DapClient.start(process.execPath, relay('--connect', `127.0.0.1:${port}`));
  for (const client of [dialled, started]) {
    for (const command of ['initialize', 'launch']) {
      const answer = await client.request(command, initialize);
      expect(answer).toMatchObject({ success: false, message: says, body: { error: { showUser: true } } });
    }
    client.hangUp();
    await client.closed;
  }
  expect(started.stderr).toBe(`localprocess-k8s: ${says}\n`);
  // It tries again for everybody who comes.
  const line = [process.execPath, ...relay('--listen', String(port), '--adapter', ...scripted)];
  const adapter = await serve({ line, cwd: root, announces: listens });
  await using later = await DapClient.dial(server.port);
  expect(await later.body('echo', { at: 'last' })).toEqual({ at: 'last' });
  await ended(adapter.process);
});

test('many connections at once have an adapter each', async () => {
  await using server = await listening('--adapter', ...scripted);
  const clients = await Promise.all(Array.from({ length: 8 }, () => DapClient.dial(server.port)));
  const answers = await Promise.all(
    clients.map(async (client, number) => {
      const { pid } = await client.body('pid');
      const echoes = await Promise.all(
        Array.from({ length: 50 }, (_, count) => client.body('echo', { number, count })),
      );
      expect(echoes).toEqual(Array.from({ length: 50 }, (_, count) => ({ number, count })));
      return pid;
    }),
  );
  expect(new Set(answers).size).toBe(clients.length);
  // One that ends leaves the others alone.
  const [first, ...others] = clients;
  await first?.request('die', { code: 1 });
  for (const client of others)
    expect(await client.body('echo', { still: 'there' })).toEqual({ still: 'there' });
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

test('three debug sessions at once on one port', async () => {
  await using server = await listening('--adapter', ...debugpy);
  const totals = await Promise.all(
    Array.from({ length: 3 }, async () => {
      await using client = await DapClient.dial(server.port);
      await client.body('initialize', { ...initialize, adapterID: null });
      client.send('launch', programs.python.debug);
      const there = await runToBreakpoint(client, programs.python);
      const total = await there.evaluate('total');
      await client.body('disconnect', { terminateDebuggee: true });
      return total;
    }),
  );
  expect(totals).toEqual(['42', '42', '42']);
});

test.each([
  { how: 'die', args: { code: 7 }, says: 'The debug adapter ended with code 7. It said last: all is lost' },
  { how: 'garble', args: {}, says: 'The debug adapter cannot be understood: Cannot read a message' },
])('an adapter that ends by "$how" leaves no request without its one answer', async ({ how, args, says }) => {
  await using client = before(...scripted);
  const held = Array.from({ length: 20 }, (_, number) => client.send('hold', { number }));
  const dying = client.send(how, args);
  const answers = await Promise.all([...held, dying].map(({ answer }) => answer));
  await client.closed;
  for (const { success, message, command } of answers) {
    expect(success).toBe(false);
    expect(message).toContain(`Cannot answer "${command}": ${says}`);
  }
  const numbers = client.log
    .filter(({ direction, message }) => direction === 'in' && message.type === 'response')
    .map(({ message }) => (message as unknown as Answer).request_seq);
  expect(numbers.sort((a, b) => a - b)).toEqual([...held, dying].map(({ seq }) => seq));
  // What the adapter said itself is not lost either.
  if (how === 'die') expect(client.stderr).toContain('all is lost\n');
});

test('an adapter that ends before anything is asked says why in the answer to the first request', async () => {
  await using client = before(process.execPath, '-e', 'console.error("no licence"); process.exit(3)');
  const answer = await client.request('initialize', initialize);
  expect(answer.success).toBe(false);
  expect(answer.message).toContain('The debug adapter ended with code 3. It said last: no licence');
});

test.each([null, undefined])('adapterID %s goes on as it is, and nothing is added', async (adapterID) => {
  await using client = before(...scripted);
  const args = { ...initialize, adapterID, x: [1, { y: 'é' }] };
  expect(await client.body('initialize', args)).toEqual(JSON.parse(JSON.stringify(args)));
});

test('whatever the order: before initialize, after the end, unknown both ways, twice', async () => {
  await using client = before(...scripted);
  expect(await client.body('threads', { early: true })).toEqual({ early: true });
  await client.body('tell', { events: ['initialized', 'stopped', 'terminated', 'exited', 'terminated'] });
  expect(await client.body('evaluate', { late: true })).toEqual({ late: true });
  await client.body('disconnect', {});
  expect(await client.body('restart', { debug: { untouched: true } })).toEqual({
    debug: { untouched: true },
  });
  expect(
    client.log
      .filter(({ direction }) => direction === 'in')
      .map(({ message }) => message.event ?? message.command),
  ).toEqual([
    'threads',
    ...['initialized', 'stopped', 'terminated', 'exited', 'terminated', 'tell'],
    ...['evaluate', 'disconnect', 'restart'],
  ]);
  client.onRequest('whatever', ({ arguments: args }) => ({ said: args }));
  client.send('ask');
  const answered = await client.waitForEvent('answered');
  expect(answered.body).toMatchObject({ success: true, command: 'whatever', body: { said: {} } });
  const event = JSON.stringify({ seq: 900, type: 'event', event: 'ofTheEditor', body: { x: 1 } });
  client.raw(`Content-Length: ${event.length}\r\n\r\n${event}`);
  expect((await client.waitForEvent('heard')).body).toMatchObject({ event: 'ofTheEditor', body: { x: 1 } });
});

test('answers come in the adapter’s order, and a cancel means the request that the editor means', async () => {
  await using client = before(...scripted);
  // From here on the two sides number differently.
  const early = JSON.stringify({ seq: 0, type: 'request', command: 'echo' });
  client.raw(`Content-Length: ${early.length}\r\n\r\n${early}`);
  const [first, second, third] = [1, 2, 3].map((number) => client.send('hold', { number }));
  expect(await client.body('cancel', { requestId: second?.seq })).toEqual({ known: true });
  expect(await second?.answer).toMatchObject({ success: false, message: 'cancelled' });
  // It has its answer already; what the adapter knows by that number is another request.
  expect(await client.body('cancel', { requestId: second?.seq })).toEqual({ known: false });
  expect(await client.body('cancel', { requestId: (third?.seq ?? 0) + 1 })).toEqual({ known: false });
  await client.body('release');
  expect((await first?.answer)?.body).toEqual({ number: 1 });
  expect((await third?.answer)?.body).toEqual({ number: 3 });
  const order = client.log
    .filter(({ direction, message }) => direction === 'in' && message.command === 'hold')
    .map(({ message }) => (message as unknown as Answer).request_seq);
  expect(order).toEqual([second?.seq, third?.seq, first?.seq]);
});

test.each(['standard streams', 'TCP'])(
  'an editor that says nothing more on %s still hears what the adapter has to say',
  async (way) => {
    await using server = way === 'TCP' ? await listening('--adapter', ...scripted, '100') : undefined;
    await using client = server ? await DapClient.dial(server.port, true) : before(...scripted, '100');
    const { answer } = client.send('hold', { last: 'words' });
    client.hangUp();
    expect((await answer).body).toEqual({ last: 'words' });
    await client.waitForEvent('farewell');
    await client.closed;
  },
);

test.each(['hang-up', 'SIGTERM', 'SIGINT'])(
  'after %s the adapter is gone, and what it has let go of is not',
  async (how) => {
    await using client = before(...scripted);
    const { pid } = await client.body('pid');
    const { pid: other } = await client.body('start');
    const exited = once(client.process ?? process, 'exit');
    if (how === 'hang-up') client.hangUp();
    else client.process?.kill(how as NodeJS.Signals);
    await exited;
    expect(isAlive(Number(pid))).toBe(false);
    expect(isAlive(Number(other))).toBe(true);
    process.kill(Number(other));
  },
);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
