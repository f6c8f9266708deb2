import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DebugConfiguration } from '../../adapter/debugger/command.ts';
import { findDebugger } from '../../adapter/debugger/presets.ts';
import { fixture, root } from '../harness.ts';

const folder = join(tmpdir(), `localprocess-k8s-test-${process.pid}-${randomBytes(4).toString('hex')}`);
const compiled = { program: join(folder, 'server'), cwd: folder, args: ['3'] };
const c = { file: fixture('server.c'), line: 11, total: 'total', length: 'length', pid: 'pid' };

export interface Kind {
  debug: DebugConfiguration;
  file: string;
  /** The line of the first statement that has both variables. */
  line: number;
  /** How the program's variables are called there. */
  total: string;
  length: string;
  /** An expression that is the program's process id. */
  pid: string;
}

/** What can be installed here: see scripts/install-debuggers.sh. */
export const kinds: Record<string, Kind> = {
  CodeLLDB: { debug: { type: 'lldb', ...compiled }, ...c },
  'lldb-dap': { debug: { type: 'lldb-dap', ...compiled }, ...c },
  gdb: { debug: { type: 'gdb', gdb: join(root, '.venv', 'bin', 'gdb'), ...compiled }, ...c },
  rdbg: {
    debug: { type: 'rdbg', script: fixture('server.rb'), args: ['3'] },
    file: fixture('server.rb'),
    line: 5,
    total: 'total',
    length: 'length',
    pid: 'Process.pid',
  },
  'Perl::LanguageServer': {
    debug: { type: 'perl', program: fixture('server.pl'), args: ['3'] },
    file: fixture('server.pl'),
    line: 6,
    total: '$total',
    length: '$length',
    pid: '$$',
  },
};

/** Compiles the program that is to be compiled. */
export async function compile(): Promise<void> {
  await mkdir(folder);
  await promisify(execFile)('gcc', ['-g', '-O0', '-o', compiled.program, c.file]);
}

/** Removes it. */
export function removeCompiled(): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** Why a debugger cannot be tested here. Where everything can be installed, nothing may be missing: `undefined`. */
export async function missing(debug: DebugConfiguration): Promise<string | undefined> {
  if (process.env.CI === 'true') return undefined;
  return findDebugger(debug.type, undefined, root, debug).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}
