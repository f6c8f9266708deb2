import { readdirSync, readFileSync, watch } from 'node:fs';

/** What makes an adapter's processes known: `restore` and `helper` are started so that no tree-kill finds them. */
type Detached = 'restore' | 'helper';

/** The ids of the processes that a process has started, and of those that these have started. */
export function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** The ids of the processes that a process has started itself. */
export function children(pid: number): number[] {
  return processIds().filter((candidate) => parentOf(candidate) === pid);
}

/** The ids of a session's own processes that are nobody's children. */
export function detached(session: string, kind: Detached): number[] {
  return processIds().filter((pid) =>
    read(pid, 'cmdline').replaceAll('\0', ' ').includes(`main.js ${kind} --session ${session}`),
  );
}

/** The ids among `pids` whose command line matches. */
export function running(pids: readonly number[], command: RegExp): number[] {
  return pids.filter((pid) => command.test(read(pid, 'cmdline').replaceAll('\0', ' ').trim()));
}

/** SIGKILL to all of them; one that has just ended is as good as killed. */
export function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Resolves when the hosts file is `text`, to the byte; rejects when it is not within `withinMs`. */
export function hostsAre(text: string, withinMs = 2000): Promise<void> {
  const current = () => readFileSync('/etc/hosts', 'latin1');
  return new Promise((resolve, reject) => {
    const folder = watch('/etc');
    const settle = (end: () => void) => {
      clearTimeout(late);
      folder.close();
      end();
    };
    const late = setTimeout(() => {
      const error = new Error(`The hosts file is not as it was after ${withinMs} ms:\n${current()}`);
      settle(() => reject(error));
    }, withinMs);
    const look = () => {
      if (current() === text) settle(resolve);
    };
    // Watching begins before looking: a change in between is not missed.
    folder.on('change', look);
    look();
  });
}

function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(pid, 'status'))?.[1]);
}

/** A file of a process in /proc; empty when the process has ended meanwhile. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
