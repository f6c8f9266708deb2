import { expect, test } from '@jest/globals';
import { expectOneAnswerEach } from './dap/answers.ts';
import { connectClient, fixture, initialize } from './harness.ts';
import { gone } from './processes.ts';

/** A launch of the debug adapter that misbehaves at one of its requests. */
const misbehaving = (fault: string, point: string, capabilities: object = {}) => ({
  target: 'web',
  debug: { type: 'scripted', request: 'launch' },
  debugAdapter: commandOf([
    process.execPath,
    ...[fixture('scripted.mjs'), fault, point, JSON.stringify(capabilities)],
  ]),
});

/** A program that is to close its input has to have it as descriptor 3. */
function commandOf(words: string[]) {
  const [command = '', ...args] = words.includes('closeInput')
    ? ['sh', '-c', 'exec 3<&0 </dev/null; exec "$@"', 'sh', ...words]
    : words;
  return { command, args };
}

/** What is said of each fault: it names the debug adapter, what it did, and what to do next. */
const says: Record<string, RegExp> = {
  crash:
    /^The debug adapter for "scripted" ended with code 3\. .*"debugAdapter"\. It said last: out of memory/s,
  rubbish:
    /^The debug adapter for "scripted" cannot be understood: .*"Content-Length".*name another one with "debugAdapter"/,
  torn: /^The debug adapter for "scripted" cannot be understood: The stream ended within a message\. /,
  closeOutput: /^The debug adapter for "scripted" closed the connection\. .*"debugAdapter"/,
  closeInput: /^The debug adapter for "scripted" closed the connection\. .*"debugAdapter"/,
};
const faults = Object.keys(says);
const points = faults.flatMap((fault) => [
  // With its input closed it gets nothing more, and says nothing more: that is a hang.
  ...(fault === 'closeInput'
    ? []
    : [
        { fault, point: 'initialize' },
        { fault, point: 'launch' },
      ]),
  { fault, point: 'threads' },
]);

test.each(points)('$fault at "$point": a clear error, everything undone', async ({ fault, point }) => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  const launched = client.request('launch', misbehaving(fault, point));
  if (point === 'threads') {
    expect((await launched).success).toBe(true);
    await client.waitForEvent('initialized');
    const asked = client.send('threads').answer;
    if (fault === 'closeInput') {
      // It is found out by what is sent next.
      await client.waitForEvent('closed');
      client.send('threads');
    }
    expect((await asked).success).toBe(false);
    await client.waitForEvent('terminated');
    expect(client.output('stderr')).toMatch(says[fault] ?? /^$/);
  } else {
    expect(await launched).toMatchObject({ success: false, body: { error: { id: 501, showUser: true } } });
    expect((await launched).message).toMatch(says[fault] ?? /^$/);
    await client.waitForEvent('terminated');
    // It is said once.
    expect(client.output('stderr')).toBe('');
  }
  expect(fake.left).toEqual(point === 'initialize' ? [] : [{ inFlight: false, alone: false }]);
  expect((await client.request('threads')).success).toBe(false);
  await client.body('disconnect', {});
  await session.session.done;
  expect(fake.processes.length).toBeGreaterThan(0);
  await Promise.all(fake.processes.map(gone));
  expectOneAnswerEach(client);
});

test.each(['hang', 'closeInput'])(
  '%s at "initialize": the launch fails when its time is over',
  async (fault) => {
    await using session = connectClient({ startupTimeout: 500 });
    const { client, fake } = session;
    await client.body('initialize', initialize);
    const launched = await client.request('launch', misbehaving(fault, 'initialize'));
    expect(launched).toMatchObject({ success: false, body: { error: { id: 501 } } });
    expect(launched.message).toMatch(
      /^The debug adapter for "scripted" did not answer "initialize" within 0\.5 s\. .*"debugAdapter"/,
    );
    await client.waitForEvent('terminated');
    expect(fake.processes).toHaveLength(1);
    await Promise.all(fake.processes.map(gone));
    expectOneAnswerEach(client);
  },
);

const ways = ['requestId', 'progressId', 'terminate', 'disconnect', 'closing'] as const;
const waysAt = ways.flatMap((way) => [
  { way, point: 'initialize' },
  // Progress ends with what the debugger is not asked for.
  ...(way === 'progressId' ? [] : [{ way, point: 'launch' }]),
]);

test.each(waysAt)('a debugger that hangs in "$point" is given up by $way', async ({ way, point }) => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', { ...initialize, supportsProgressReporting: true });
  const { seq, answer } = client.send('launch', misbehaving('hang', point));
  const progress = await client.waitForEvent('progressStart');
  if (point === 'launch')
    await client.waitForEvent('got', ({ body }) => (body as { command?: string }).command === 'launch');
  else await fake.started;
  if (way === 'requestId') await client.body('cancel', { requestId: seq });
  else if (way === 'progressId') await client.body('cancel', { progressId: progress.body?.progressId });
  else if (way === 'closing') client.hangUp();
  else await client.body(way, {});
  if (way !== 'closing') expect((await answer).success).toBe(false);
  if (way !== 'closing' && way !== 'disconnect') {
    await client.waitForEvent('terminated');
    await client.body('disconnect', {});
  }
  await session.session.done;
  expect(fake.left).toHaveLength(point === 'launch' ? 1 : 0);
  expect(fake.processes).toHaveLength(1);
  await Promise.all(fake.processes.map(gone));
  if (way !== 'closing') expectOneAnswerEach(client);
});

test('a debugger that can cancel is asked to, when its launch is', async () => {
  await using session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  const { seq } = client.send('launch', misbehaving('hang', 'launch', { supportsCancelRequest: true }));
  const got = (name: string) =>
    client.waitForEvent('got', ({ body }) => (body as { command?: string }).command === name);
  await got('launch');
  await client.body('cancel', { requestId: seq });
  // `initialize` was its first request, `launch` its second.
  expect((await got('cancel')).body?.arguments).toEqual({ requestId: 2 });
});

test.each(faults.concat('hang'))('%s at "disconnect": the editor has its answer in time', async (fault) => {
  await using session = connectClient();
  const { client, fake } = session;
  await client.body('initialize', initialize);
  expect((await client.request('launch', misbehaving(fault, 'disconnect'))).success).toBe(true);
  const began = performance.now();
  await client.body('disconnect', { terminateDebuggee: true });
  expect(performance.now() - began).toBeLessThan(2000);
  await session.session.done;
  expect(fake.left).toHaveLength(1);
  expect(fake.processes).toHaveLength(2);
  await Promise.all(fake.processes.map(gone));
  expectOneAnswerEach(client);
});
