import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { messageOf } from './errors.ts';
import type { TerminalCommand } from './dap/terminal.ts';

/** What shells return for a command that cannot be executed. */
const cannotExecute = 127;

/**
 * `localprocess-k8s exec PATH`: runs, in this terminal, the command that the adapter offers at `PATH`, and
 * sets this process's exit code: the command's own, or 128 and the signal's number.
 */
export async function runLauncher([path = '']: string[]): Promise<void> {
  process.exitCode = await fetchAndRun(path);
}

async function fetchAndRun(path: string): Promise<number> {
  let command: TerminalCommand;
  try {
    const socket = connect(path);
    // Written by our own adapter over a channel that only this user can open.
    command = JSON.parse(await text(socket)) as TerminalCommand;
  } catch (error) {
    process.stderr.write(
      `Cannot fetch the command to run: ${messageOf(error)}. Has the debug session ended? Start it again.\n`,
    );
    return cannotExecute;
  }
  return run(command);
}

function run({ args, prefix = [], cwd, env, shell }: TerminalCommand): Promise<number> {
  const environment = Object.fromEntries(
    Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== null),
  ) as NodeJS.ProcessEnv;
  // A prefix there is on Linux only, where this is what `shell` stands for.
  const inShell = prefix.length > 0 ? ['/bin/sh', '-c', args.join(' ')] : [args.join(' ')];
  const [program = '', ...rest] = [...prefix, ...(shell ? inShell : args)];
  const child = spawn(program, rest, {
    stdio: 'inherit',
    env: environment,
    shell: shell && prefix.length === 0,
    ...(cwd ? { cwd } : {}),
  });

  // A terminal sends these to the whole foreground group, so the command has its own already; without a terminal we
  // are the only one who got it.
  const shared = process.stdin.isTTY;
  for (const name of ['SIGINT', 'SIGQUIT'] as const) process.on(name, () => shared || child.kill(name));
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name));

  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`Cannot run "${program}": ${messageOf(error)}.\n`);
      resolve(cannotExecute);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
