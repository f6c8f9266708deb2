import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { familyOf, readKinship } from '../../adapter/machine/processes/kinship.ts';
import { installed } from '../differential/ways.ts';
import { buildAdapter, programs, root } from '../harness.ts';
import { configurationOf } from './editors.ts';
import { dape } from './dape.ts';
import { expectConversation, expectGone } from './expectations.ts';
import { helix } from './helix.ts';
import { neovim } from './neovim.ts';
import { Run } from './run.ts';
import { vscode } from './vscode.ts';
import { zed } from './zed.ts';

// These can dial an adapter: VS Code (`debugServer`), nvim-dap ("type": "server"), dape (`port`), Helix ("transport":
// "tcp") and Zed (`tcp_connection`). To end it they close the connection; the adapter goes on listening.
const dialling = [vscode, neovim, dape, helix, zed];

let server: { port: number; pid: number; said: () => string } & AsyncDisposable;
beforeAll(async () => {
  const adapter = await buildAdapter();
  const child = spawn(process.execPath, [adapter.path, 'debugpy', '--listen'], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('\n')) await once(child.stderr, 'data');
  server = {
    port: Number(/:(\d+)\n/.exec(said)?.[1]),
    pid: child.pid ?? 0,
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      await adapter[Symbol.asyncDispose]();
    },
  };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** What the adapter has started. */
async function started(): Promise<number[]> {
  return [...familyOf([server.pid], await readKinship())].filter((pid) => pid !== server.pid);
}

test.each(dialling)('$name dials: from the first word to the end', async (editor) => {
  const before = server.said();
  await using run = await Run.dial(editor, server.port);
  await run.begin(configurationOf('python'));
  const { threadId, variables } = await run.stopAt(programs.python);
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  const family = await started();
  expect(family).not.toEqual([]);
  await run.client.body('continue', { threadId });
  await run.client.waitForEvent('terminated');
  await editor.afterTerminated(run);
  await run.client.closed;
  await expectGone(family);
  expect(server.said().slice(before.length)).toBe('left\n');
  expectConversation(run);
});

test('all of them at once, each stopping on a breakpoint', async () => {
  const before = server.said();
  const runs = await Promise.all(dialling.map((editor) => Run.dial(editor, server.port)));
  await Promise.all(
    runs.map(async (run) => {
      await run.begin(configurationOf('python'));
      await run.stopAt(programs.python);
    }),
  );
  const family = await started();
  await Promise.all(runs.map((run) => run.editor.stop(run)));
  await Promise.all(runs.map((run) => run.client.closed));
  await expectGone(family);
  expect(server.said().slice(before.length)).toBe('left\n'.repeat(runs.length));
  for (const run of runs) expectConversation(run);
});

test('Helix needs not nest its arguments without a cluster', async () => {
  await using adapter = await buildAdapter(`${root}/adapter/main.ts`);
  const { command } = await installed('debugpy', { ...programs.python.debug, request: 'launch' });
  await using run = Run.start(helix, { mainScript: adapter.path, args: ['dap', '--adapter', ...command] });
  const { program, console, python } = programs.python.debug;
  await run.begin({ program, console, python });
  const { threadId, variables } = await run.stopAt(programs.python);
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  const family = await run.family();
  await run.client.body('continue', { threadId });
  await run.client.waitForEvent('terminated');
  await helix.afterTerminated(run);
  await run.exited();
  await expectGone(family);
  expectConversation(run, { early: true });
});
