import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { connectClient, initialize, lookAround, programs, runToBreakpoint } from './harness.ts';

/** Waits for a debugger, says where, and runs the program. */
const pythonWaiting = `
import debugpy, runpy, sys
print("port", debugpy.listen(("127.0.0.1", 0))[1], flush=True)
debugpy.wait_for_client()
runpy.run_path(sys.argv.pop(1), run_name="__main__")
`;

/** A process that waits for a debugger; what attaches to it, and how it says its process id. */
async function waiting(kind: 'node' | 'python') {
  const { file } = programs[kind];
  const debuggee =
    kind === 'node'
      ? spawn(process.execPath, ['--inspect-brk=127.0.0.1:0', file])
      : spawn(programs.python.debug.python, ['-c', pythonWaiting, file]);
  let said = '';
  for (const stream of [debuggee.stdout, debuggee.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const find = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(said);
      if (found) return found;
      await Promise.race([once(debuggee.stdout, 'data'), once(debuggee.stderr, 'data')]);
    }
  };
  const port = Number((await find(/(?:port |ws:\/\/127\.0\.0\.1:)(\d+)/))[1]);
  // With everything it has printed.
  const exited = once(debuggee, 'close');
  return {
    debuggee,
    exited,
    find,
    said: () => said,
    configuration:
      kind === 'node'
        ? { debug: { type: 'pwa-node', request: 'attach', port } }
        : // The debuggee brings its debug adapter.
          { debug: { type: 'debugpy', request: 'attach' }, debugAdapter: { host: '127.0.0.1', port } },
    pid: kind === 'node' ? 'process.pid' : 'os.getpid()',
    [Symbol.asyncDispose]: async () => {
      debuggee.kill('SIGKILL');
      await exited;
    },
  };
}

/** Attaches, and runs to the breakpoint. */
async function attachTo(
  kind: 'node' | 'python',
  process: Awaited<ReturnType<typeof waiting>>,
  command: string,
) {
  const session = connectClient();
  const { client } = session;
  const { file, line } = programs[kind];
  await client.body('initialize', initialize);
  client.send(command, { target: 'web', ...process.configuration });
  await client.waitForEvent('initialized');
  await client.body('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
  await client.body('configurationDone');
  let there = await lookAround(client);
  // Node.js stops at its first line as well.
  if (there.frame.line !== line) {
    await client.body('continue', { threadId: there.threadId });
    there = await lookAround(client);
  }
  expect(await there.evaluate(process.pid)).toBe(String(process.debuggee.pid));
  return session;
}

const ways = [
  { way: 'disconnect', args: {} },
  { way: 'disconnect', args: { terminateDebuggee: false } },
  { way: 'closing' },
];
const attached = (['node', 'python'] as const).flatMap((kind) =>
  ways.map((how) => ({ name: `${kind}, ${JSON.stringify(how)}`, kind, ...how })),
);

test.each(attached)('attaching, $name: the process is debugged, and goes on', async (given) => {
  const { kind, way, args } = given;
  await using process = await waiting(kind);
  await using session = await attachTo(kind, process, 'launch');
  if (way === 'closing') session.client.hangUp();
  else await session.client.body('disconnect', args);
  await process.find(/total 42/);
  expect(await process.exited).toEqual([0, null]);
  await session.session.done;
  expect(session.fake.left).toMatchObject([{ alone: args?.terminateDebuggee === false }]);
});

test('attaching: the process is ended if the user says so', async () => {
  // Of these debuggers it is debugpy that does so.
  await using process = await waiting('python');
  // An editor whose own configuration says "attach" asks for that.
  await using session = await attachTo('python', process, 'attach');
  await session.client.body('disconnect', { terminateDebuggee: true });
  await process.exited;
  expect(process.said()).not.toContain('total 42');
  await session.session.done;
  expect(session.fake.left).toHaveLength(1);
});

test.each(['node', 'python', 'go'] as const)('%s without debugging runs through', async (kind) => {
  await using session = connectClient();
  const { client } = session;
  const { debug, file, line } = programs[kind];
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', noDebug: true, debug });
  // The others run at once, and do not ask to be configured.
  if (kind === 'node') {
    await client.waitForEvent('initialized');
    await client.request('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
    await client.body('configurationDone');
  }
  // Either may come first: delve reads its debuggee's output beside everything else.
  await Promise.all([
    client.waitForEvent('terminated'),
    client.waitForEvent('output', ({ body }) => String(body?.output).includes('total 42')),
  ]);
  expect(client.events('stopped')).toEqual([]);
  expect(session.fake.left).toHaveLength(1);
});

test.each(['node', 'python', 'go'] as const)('%s is terminated as the editor’s Stop does', async (kind) => {
  await using session = connectClient({ debuggerType: programs[kind].debug.type });
  const { client } = session;
  const { debug } = programs[kind];
  await client.body('initialize', initialize);
  client.send('launch', { target: 'web', debug });
  await runToBreakpoint(client, programs[kind]);
  await client.body('terminate', {});
  await client.waitForEvent('terminated');
  expect(session.fake.left).toEqual([{ inFlight: false, alone: false }]);
});
