import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process beyond doubt: ids are used again, a start time beside the id is not. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the system's own words. */
  started: string;
}

/** Identifies a running process, or `undefined` if there is none with that id. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const started = process.platform === 'linux' ? await startedOnLinux(pid) : await startedElsewhere(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether that very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.started === identity.started;
}

/**
 * Ends a process if it is still that one: politely first, then not. `graceMs` in milliseconds. What it started
 * and left in its process group goes with it, also when it has ended long since.
 */
export async function endProcess(identity: ProcessIdentity, graceMs = 2000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isRunning(identity))) break;
    send(signal, identity.pid);
    const deadline = Date.now() + graceMs;
    // Nothing announces the end of a process that is not our child.
    while (Date.now() < deadline && (await isRunning(identity)))
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await endGroup(identity);
}

/** Its group keeps the id from being used again: nobody else has it, or the group is another's. */
async function endGroup({ pid, started }: ProcessIdentity): Promise<void> {
  const now = await identify(pid);
  if (process.platform !== 'win32' && (now === undefined || now.started === started)) send('SIGKILL', -pid);
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in between, or never had a group of its own.
  }
}

/** Field 22 of `/proc/PID/stat`, in clock ticks after boot; see proc_pid_stat(5). A zombie has ended. */
async function startedOnLinux(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[19] === undefined ? undefined : fields[19];
}

async function startedElsewhere(pid: number): Promise<string | undefined> {
  const asked =
    process.platform === 'win32'
      ? promisify(execFile)('powershell', [
          '-NoProfile',
          '-Command',
          `(Get-Process -Id ${pid}).StartTime.Ticks`,
        ])
      : promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
  const { stdout } = await asked.catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : stdout.trim();
}
