import { execFile } from 'node:child_process';
import { win32, posix } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../messageOf.ts';

/** A process of this machine. */
export interface LocalProcess {
  pid: number;
  /** Its program, without the folder and ".exe". */
  name: string;
  /** Its command line, as far as this user may see it. */
  command: string;
}

const script =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $(if ($_.CommandLine) { $_.CommandLine } else { $_.Name })" }';

/** The processes that run on this machine, the newest first, but for this one and what lists them. Throws an `Error` when the system does not tell. */
export async function localProcesses(platform: NodeJS.Platform): Promise<LocalProcess[]> {
  const [program, ...args] =
    platform === 'win32'
      ? (['powershell', '-NoProfile', '-NonInteractive', '-Command', script] as const)
      : (['ps', '-A', '-ww', '-o', 'pid=,args='] as const);
  try {
    const listing = promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024 });
    const { stdout } = await listing;
    const known = new Set([process.pid, listing.child.pid]);
    return parseProcesses(stdout, platform).filter(({ pid }) => !known.has(pid));
  } catch (error) {
    throw new Error(
      `Cannot list the processes of this machine: ${messageOf(error)}. Name the one to attach to with "processId" in "debug".`,
      { cause: error },
    );
  }
}

/** What the system's own program prints: a line for each process, its id and its command line. */
export function parseProcesses(text: string, platform: NodeJS.Platform): LocalProcess[] {
  const paths = platform === 'win32' ? win32 : posix;
  return text
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, pid, command] = /^\s*(\d+)\s+(.+?)\s*$/.exec(line) ?? [];
      if (pid === undefined || command === undefined) return [];
      const [, quoted, plain = ''] = /^(?:"([^"]*)"|(\S+))/.exec(command) ?? [];
      return [{ pid: Number(pid), name: paths.basename(quoted ?? plain).replace(/\.exe$/i, ''), command }];
    })
    .sort((a, b) => b.pid - a.pid);
}
