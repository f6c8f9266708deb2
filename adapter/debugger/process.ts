import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Environment } from './environment.ts';

/** How long a debug adapter has to end by itself, and again after a signal, before it is made to. Milliseconds. */
const patience = 500;
const linesKept = 20;
const groups = process.platform !== 'win32';

export interface Program {
  command: string;
  args: string[];
  /** Words to put before the command: what they start becomes the command. Default: none. */
  prefix?: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Gets what it writes to its standard error, as it comes. Default: its last lines are kept. */
  onWords?: (text: string) => void;
}

/** A running debug adapter's process. */
export interface AdapterProcess {
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with how it ended, e.g. `with code 1`. */
  readonly exited: Promise<string>;
  /** Resolves with the code it ended with; `undefined` when a signal ended it, or it never began. */
  readonly exitCode: Promise<number | undefined>;
  /** The last lines of its standard error. */
  lastWords(): string;
  /** Ends it: first by closing its input, then with signals; what it started goes with it unless `alone`. */
  end(options?: { alone?: boolean }): Promise<void>;
}

/**
 * Starts a debug adapter in a process group of its own, so that what it started can be ended with it.
 * Never rejects: a program that cannot be started has `exited`.
 */
export function startProcess(program: Program, environment: Environment): AdapterProcess {
  const removed = Object.entries(environment).map(([name, value]) => [name, value ?? undefined]);
  const [first = program.command, ...rest] = [...(program.prefix ?? []), program.command, ...program.args];
  const subprocess = execa(first, rest, {
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    env: { ...(Object.fromEntries(removed) as Record<string, string | undefined>), ...program.env },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    detached: groups,
    // Our own end is dealt with by the session; `cleanup` cannot reach a detached process anyway.
    cleanup: false,
    windowsHide: true,
  });
  const lines: string[] = [];
  subprocess.stderr.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
    lines.splice(0, lines.length - linesKept);
    program.onWords?.(text);
  });
  // Writing to a program that has gone: its end is reported by `exited`.
  subprocess.stdin.on('error', () => undefined);

  let ended = false;
  const exited = subprocess.then((result) => {
    ended = true;
    if (result.exitCode !== undefined) return `with code ${result.exitCode}`;
    if (result.signal !== undefined) return `by ${result.signal}`;
    return `before it began (${(result as { originalMessage?: string }).originalMessage ?? 'unknown reason'})`;
  });
  const exitsWithin = (milliseconds: number) =>
    Promise.race([exited.then(() => true), delay(milliseconds, false, { ref: false })]);
  const signal = (name: NodeJS.Signals, alone: boolean) => {
    const { pid } = subprocess;
    if (pid === undefined) return;
    try {
      process.kill(groups && !alone ? -pid : pid, name);
    } catch {
      // Already gone, which is what is wanted.
    }
  };
  let ending: Promise<void> | undefined;
  const end = async (alone: boolean) => {
    if (!ended) {
      // Closing its input tells an adapter that everything is over, for the debuggee as well.
      if (!alone) subprocess.stdin.end();
      if (alone || !(await exitsWithin(patience))) {
        signal('SIGTERM', alone);
        if (!(await exitsWithin(patience))) signal('SIGKILL', alone);
        await exited;
      }
    }
    // A debuggee that its debugger did not end, or had no time to end, is still in its group.
    if (!alone) signal('SIGKILL', false);
  };
  return {
    pid: subprocess.pid,
    stdin: subprocess.stdin,
    stdout: subprocess.stdout,
    stderr: subprocess.stderr,
    exited,
    exitCode: subprocess.then(({ exitCode }) => exitCode),
    lastWords: () => lines.join('\n'),
    end: ({ alone = false } = {}) => (ending ??= end(alone)),
  };
}
