import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findVersionOnPath } from '../../adapter/debugger/path.ts';
import { variables } from '../fakeLaunch.ts';
import { connectClient, fixture, initialize, lookAround, runToBreakpoint } from '../harness.ts';
import { compile, kinds, missing, removeCompiled } from './kinds.ts';

beforeAll(compile);
afterAll(removeCompiled);

for (const [name, { debug, ...program }] of Object.entries(kinds)) {
  const reason = await missing(debug);
  const real = reason === undefined ? test : test.skip;
  const why = reason === undefined ? '' : ` (${reason})`;

  real(`${name}: a breakpoint, the cluster’s variables, the end${why}`, async () => {
    await using session = connectClient();
    const { client, fake } = session;
    await client.body('initialize', initialize);
    const launched = client.send('launch', { target: 'web', debug });
    const there = await runToBreakpoint(client, program);
    expect(there.frame.line).toBe(program.line);
    expect(there.variables.find((one) => one.name === program.total)?.value).toBe('42');
    const { SECRET } = variables;
    expect(await there.evaluate(program.length)).toBe(String(Buffer.byteLength(SECRET ?? '')));
    expect((await launched.answer).success).toBe(true);

    await client.body('continue', { threadId: there.threadId });
    await client.waitForEvent('terminated');
    // gdb says what the program has printed after it has said that it ended.
    while (!client.output().includes('total 42')) await client.waitForEvent('output');
    expect((await client.waitForEvent('exited')).body?.exitCode).toBe(3);
    await client.body('disconnect', {});
    await session.session.done;
    expect(fake.left).toHaveLength(1);
    expect(client.events('terminated')).toHaveLength(1);
    expect(client.output()).not.toContain('The debug adapter ended');
  });

  real(`${name}: a session that ends at a breakpoint leaves no process${why}`, async () => {
    await using session = connectClient();
    const { client, fake } = session;
    await client.body('initialize', initialize);
    client.send('launch', { target: 'web', debug });
    const there = await runToBreakpoint(client, program);
    const pids = [Number(await there.evaluate(program.pid)), ...fake.processes];
    for (const pid of pids) expect(isRunning(pid)).toBe(true);
    await client.body('disconnect', { terminateDebuggee: true });
    await session.session.done;
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
  });
}

/** Whether a process exists and has not ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const rdbg = await findVersionOnPath('rdbg');
(rdbg === undefined ? test.skip : test)(
  'rdbg that runs already is attached to, and the program goes on',
  async () => {
    const script = fixture('server.rb');
    const ruby = spawn(String(rdbg), ['--open', '--port', '0', '--command', '--', 'ruby', script, '3'], {
      env: { ...process.env, SECRET: 'its own' },
    });
    const exited = once(ruby, 'exit');
    const port = await new Promise<string | undefined>((resolve) => {
      let said = '';
      ruby.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('wait for debugger')) resolve(/:(\d+)\)/.exec(said)?.[1]);
      });
    });
    await using session = connectClient();
    const { client } = session;
    await client.body('initialize', initialize);
    const debug = { type: 'ruby', request: 'attach', debugPort: port, localfs: true };
    client.send('launch', { target: 'web', debug });
    const first = await runToBreakpoint(client, { file: script, line: 5 });
    await client.body('continue', { threadId: first.threadId });
    const there = await lookAround(client);
    expect(await there.evaluate('total')).toBe('42');
    await client.body('disconnect', {});
    expect(await exited).toEqual([3, null]);
  },
);
