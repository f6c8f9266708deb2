import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How long somebody may take who is writing; in milliseconds. Nobody who keeps a file open for good is waited for. */
const patience = 1000;

interface File {
  dev: number;
  ino: number;
}

/**
 * Resolves when no process has the file open for writing that is, or was, at `path`; after a second at the
 * latest. On Linux: other systems do not tell without a program of their own. Other users' processes are seen
 * as root only.
 */
export async function writersDone(path: string, file: File): Promise<void> {
  if (process.platform !== 'linux') return;
  const deadline = Date.now() + patience;
  // Nothing announces that a stranger's process closes a file.
  while (isOpenForWriting(basename(path), file) && Date.now() < deadline) await setTimeout(5);
}

function isOpenForWriting(name: string, file: File): boolean {
  const pids = listed('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.some((pid) =>
    listed(`/proc/${pid}/fd`).some((fd) => {
      try {
        const open = `/proc/${pid}/fd/${fd}`;
        // Reading the link first: looking at files of any name could wait for a network.
        if (basename(readlinkSync(open)).replace(/ \(deleted\)$/, '') !== name) return false;
        const { dev, ino } = statSync(open);
        return dev === file.dev && ino === file.ino && isForWriting(pid, fd);
      } catch {
        return false; // It has been closed meanwhile.
      }
    }),
  );
}

/** The access mode is in the two lowest bits (open(2)) of the flags, which are octal (proc_pid_fdinfo(5)). */
function isForWriting(pid: string, fd: string): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0';
  return (parseInt(flags, 8) & 3) !== 0;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // The process has ended meanwhile, or belongs to another user.
  }
}
