import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { connectClient, initialize, lookAround, programs, runToBreakpoint } from './harness.ts';

/** A Node.js process that waits for a debugger, and where it does. */
async function waiting() {
  const debuggee = spawn(process.execPath, ['--inspect-brk=127.0.0.1:0', programs.node.file, '0', '60000']);
  debuggee.stderr.setEncoding('utf8');
  let said = '';
  while (!/ws:\/\/127\.0\.0\.1:(\d+)/.test(said)) said += String((await once(debuggee.stderr, 'data'))[0]);
  const port = Number(/ws:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  return {
    debuggee,
    port,
    [Symbol.asyncDispose]: async () => {
      if (debuggee.exitCode !== null || debuggee.signalCode !== null) return;
      debuggee.kill('SIGKILL');
      await once(debuggee, 'exit');
    },
  };
}

test('attaching: the process is debugged, and goes on when the session ends', async () => {
  await using process = await waiting();
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  const debug = { type: 'pwa-node', request: 'attach', port: process.port };
  client.send('launch', { target: 'web', debug });
  await client.waitForEvent('initialized');
  const source = { path: programs.node.file };
  await client.body('setBreakpoints', { source, breakpoints: [{ line: programs.node.line }] });
  await client.body('configurationDone');
  let there = await lookAround(client);
  if (there.frame.line !== programs.node.line) {
    await client.body('continue', { threadId: there.threadId });
    there = await lookAround(client);
  }
  expect(await there.evaluate('process.pid')).toBe(String(process.debuggee.pid));
  await client.body('disconnect', { terminateDebuggee: false });
  await session.session.done;
  expect(session.fake.left).toMatchObject([{ alone: true }]);
  expect(process.debuggee.exitCode).toBeNull();
  expect(process.debuggee.signalCode).toBeNull();
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
