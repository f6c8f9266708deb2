import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DebugConfiguration } from '../../adapter/debugger/command.ts';
import { findDebugger } from '../../adapter/debugger/presets.ts';
import { variables } from '../fakeLaunch.ts';
import { connectClient, fixture, initialize, root, runToBreakpoint } from '../harness.ts';

const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
const compiled = { program: join(folder, 'server'), cwd: folder, args: ['3'] };
const c = { file: fixture('server.c'), line: 10, total: 'total', length: 'length' };

interface Kind {
  debug: DebugConfiguration & { type: string };
  file: string;
  /** The line of the first statement that has both variables. */
  line: number;
  /** How the program's variables are called there. */
  total: string;
  length: string;
}

/** What can be installed here: see scripts/install-debuggers.sh. */
const kinds: Record<string, Kind> = {
  CodeLLDB: { debug: { type: 'lldb', ...compiled }, ...c },
  'lldb-dap': { debug: { type: 'lldb-dap', ...compiled }, ...c },
  gdb: { debug: { type: 'gdb', gdb: join(root, '.venv', 'bin', 'gdb'), ...compiled }, ...c },
  rdbg: {
    debug: { type: 'rdbg', script: fixture('server.rb'), args: ['3'] },
    file: fixture('server.rb'),
    line: 5,
    total: 'total',
    length: 'length',
  },
  'Perl::LanguageServer': {
    debug: { type: 'perl', program: fixture('server.pl'), args: ['3'] },
    file: fixture('server.pl'),
    line: 6,
    total: '$total',
    length: '$length',
  },
};

beforeAll(async () => {
  await promisify(execFile)('gcc', ['-g', '-O0', '-o', compiled.program, c.file]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

for (const [name, { debug, ...program }] of Object.entries(kinds)) {
  const missing = await findDebugger(debug.type, undefined, root, debug).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  // Where everything can be installed, nothing may be missing.
  const skips = missing !== undefined && process.env.CI !== 'true';
  (skips ? test.skip : test)(
    `${name}: a breakpoint, the cluster’s variables, the end${skips ? ` (${missing})` : ''}`,
    async () => {
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
      expect(client.output()).toContain('total 42');
      expect((await client.waitForEvent('exited')).body?.exitCode).toBe(3);
      await client.body('disconnect', {});
      await session.session.done;
      expect(fake.left).toHaveLength(1);
      expect(client.events('terminated')).toHaveLength(1);
    },
  );
}
