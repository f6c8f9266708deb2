import { constants as modes } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { findOnPath } from '../debugger/path.ts';
import { LaunchError } from '../errors.ts';

/** What shells return for a command that cannot be found, and for one that cannot be executed. */
export const exitCodes = { notFound: 127, notExecutable: 126 } as const;

/** How long a command may take to end after SIGTERM when its session is lost, in milliseconds. */
const patience = 5000;

/** The executable file that a command's first word means, as a shell finds it; or the exit code and why there is none. */
export async function findCommand(
  name: string,
): Promise<{ file: string } | { exitCode: number; why: string }> {
  const path = /[/\\]/.test(name) ? resolve(name) : await findOnPath(name);
  const what = path === undefined ? undefined : await stat(path).catch(() => undefined);
  if (path === undefined || what === undefined)
    return { exitCode: exitCodes.notFound, why: `Cannot run "${name}": there is no such command.` };
  const executable = await access(path, modes.X_OK).then(
    () => what.isFile(),
    () => false,
  );
  return executable
    ? { file: path }
    : { exitCode: exitCodes.notExecutable, why: `Cannot run "${name}": it is no executable file.` };
}

/** A command that runs in this terminal, in the place of this program. */
export interface Foreground {
  readonly pid: number;
  /** Resolves with the exit code; with 128 and the signal's number when a signal ended it. */
  readonly exited: Promise<number>;
  /** Passes a signal on. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it: politely, and if that takes too long, not. */
  end(): Promise<void>;
}

/**
 * Starts a command with this program's standard streams, in its process group: a terminal's keys are the command's
 * own. `environment` goes over this machine's variables, `null` unsets one. Rejects with `command-invalid` when the
 * system refuses.
 */
export async function startForeground(
  [file = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string | null>>,
): Promise<Foreground> {
  const merged = Object.entries({ ...process.env, ...environment }).filter(([, value]) => value !== null);
  const subprocess = execa(file, args, {
    stdio: 'inherit',
    env: Object.fromEntries(merged) as Record<string, string>,
    extendEnv: false,
    reject: false,
    cleanup: false,
    // Who sends a signal decides how long the command may take.
    forceKillAfterDelay: false,
    windowsHide: false,
  });
  const ended = subprocess.then((result) => result);
  if (subprocess.pid === undefined) {
    const { originalMessage } = (await ended) as { originalMessage?: string };
    throw new LaunchError('command-invalid', `Cannot run "${file}": ${originalMessage ?? 'unknown reason'}.`);
  }
  const exited = ended.then(
    ({ exitCode, signal }) => exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]),
  );
  const kill = (signal: NodeJS.Signals) => void subprocess.kill(signal);
  return {
    pid: subprocess.pid,
    exited,
    kill,
    async end() {
      kill('SIGTERM');
      const late = delay(patience, true, { ref: false });
      if (await Promise.race([exited.then(() => false), late])) kill('SIGKILL');
      await exited;
    },
  };
}
