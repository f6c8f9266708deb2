import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { TerminalChannels } from '../adapter/dap/terminal.ts';
import { variables } from './fakeLaunch.ts';
import { buildAdapter, connectClient, initialize, programs, root, runToBreakpoint } from './harness.ts';

/** What an editor does: types the command into a terminal. */
function runs(args: DebugProtocol.RunInTerminalRequestArguments): ChildProcess {
  const [command = '', ...rest] = args.args;
  const env = { ...process.env, ...(args.env as NodeJS.ProcessEnv | undefined) };
  return spawn(command, rest, { cwd: args.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

for (const [name, { debug, file, line }] of Object.entries(programs).filter(([kind]) => kind !== 'go')) {
  test(`${name} in the integrated terminal: variables are exact, and none is in the request`, async () => {
    await using adapter = await buildAdapter();
    await using session = connectClient({ mainScript: adapter.path });
    const { client } = session;
    const asked: DebugProtocol.RunInTerminalRequestArguments[] = [];
    let printed = '';
    client.onRequest('runInTerminal', (request) => {
      const args = request.arguments as unknown as DebugProtocol.RunInTerminalRequestArguments;
      asked.push(args);
      const terminal = runs(args);
      terminal.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
      return { processId: terminal.pid };
    });
    await client.body('initialize', { ...initialize, supportsRunInTerminalRequest: true });
    client.send('launch', { target: 'web', debug: { ...debug, console: 'integratedTerminal' } });
    const there = await runToBreakpoint(client, { file, line });
    expect(await there.evaluate(name === 'node' ? 'secret.length' : 'len(secret)')).toBe(
      String(variables.SECRET?.length),
    );
    await client.body('continue', { threadId: there.threadId });
    await client.waitForEvent('terminated');
    expect(printed).toContain('second');

    expect(asked).toHaveLength(1);
    expect(asked[0]?.env).toBeUndefined();
    expect(JSON.stringify(asked)).not.toMatch(/SECRET|second|CLUSTER_ONLY/);
    const [node, script, command, path] = asked[0]?.args ?? [];
    expect([node, script, command]).toEqual([process.execPath, adapter.path, 'exec']);
    // Fetched once, and gone.
    expect(existsSync(String(path))).toBe(false);
  });
}

test('the launcher passes on arguments, folder, variables and the exit code', async () => {
  await using adapter = await buildAdapter();
  await using channels = new TerminalChannels();
  const script =
    'console.log(JSON.stringify([process.cwd(), process.env.A, process.env.HOME ?? null, process.argv.slice(1)])); process.exit(42)';
  const path = await channels.offer({
    args: [process.execPath, '-e', script, '--', 'one two', '$(three)', "'"],
    cwd: dirname(root),
    env: { A: 'a\nb', HOME: null },
    shell: false,
  });
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  const launcher = runs({ cwd: root, args: [process.execPath, adapter.path, 'exec', path] });
  let printed = '';
  launcher.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [code] = (await once(launcher, 'close')) as [number];
  expect(JSON.parse(printed)).toEqual([dirname(root), 'a\nb', null, ['one two', '$(three)', "'"]]);
  expect(code).toBe(42);

  const late = runs({ cwd: root, args: [process.execPath, adapter.path, 'exec', path] });
  const [lateCode] = (await once(late, 'close')) as [number];
  expect(lateCode).toBe(127);
});

test('the launcher passes on SIGTERM, and ends as the command did', async () => {
  await using adapter = await buildAdapter();
  await using channels = new TerminalChannels();
  const script =
    'process.on("SIGTERM", () => process.exit(5)); console.log("ready"); setInterval(() => {}, 1000)';
  const path = await channels.offer({ args: [process.execPath, '-e', script], env: {}, shell: false });
  const launcher = runs({ cwd: root, args: [process.execPath, adapter.path, 'exec', path] });
  if (!launcher.stdout) throw new Error('no output');
  await once(launcher.stdout, 'data');
  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([5, null]);
});

test('a command written for a shell runs in one', async () => {
  await using adapter = await buildAdapter();
  await using channels = new TerminalChannels();
  const path = await channels.offer({ args: ['echo', '$A', '>&2'], env: { A: 'expanded' }, shell: true });
  const launcher = runs({ cwd: root, args: [process.execPath, adapter.path, 'exec', path] });
  let printed = '';
  launcher.stderr?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await once(launcher, 'close');
  expect(printed).toBe('expanded\n');
});

test('what nobody fetched is withdrawn with the session', async () => {
  const channels = new TerminalChannels();
  const path = await channels.offer({ args: ['true'], env: {}, shell: false });
  expect(existsSync(path)).toBe(true);
  await channels[Symbol.asyncDispose]();
  expect(existsSync(dirname(path))).toBe(false);
});
