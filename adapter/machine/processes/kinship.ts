import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What ties a process to others. */
export interface Ties {
  parent: number;
  /** Its process group; 0 where the system has none. */
  group: number;
}

/** Every process of this machine, by its id. */
export type Kinship = ReadonlyMap<number, Ties>;

const powershell = 'Get-CimInstance Win32_Process | % { "$($_.ProcessId) $($_.ParentProcessId) 0" }';

/** Reads the process table. Linux: `/proc/PID/stat` (proc_pid_stat(5)); elsewhere `ps`, or PowerShell. */
export async function readKinship(): Promise<Kinship> {
  if (process.platform === 'linux') {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const ties = await Promise.all(pids.map(async (pid) => [Number(pid), await tiesOf(pid)] as const));
    return new Map(ties.flatMap(([pid, tie]) => (tie === undefined ? [] : [[pid, tie]])));
  }
  const [command, ...args] =
    process.platform === 'win32'
      ? (['powershell', '-NoProfile', '-Command', powershell] as const)
      : (['ps', '-A', '-o', 'pid=,ppid=,pgid='] as const);
  const { stdout } = await promisify(execFile)(command, args, { windowsHide: true });
  return parseTable(stdout);
}

async function tiesOf(pid: string): Promise<Ties | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // pid (name) state ppid pgrp …: the name may hold anything.
  const [, parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : { parent: Number(parent), group: Number(group) };
}

/** The table that `ps -o pid=,ppid=,pgid=` prints. */
export function parseTable(text: string): Kinship {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return new Map(
    rows.flatMap(([pid, parent, group]) =>
      pid === undefined || parent === undefined || group === undefined ? [] : [[pid, { parent, group }]],
    ),
  );
}

/** The parent of `pid`, the parent's parent, and so on. */
export function ancestorsOf(pid: number, kinship: Kinship): number[] {
  const found = new Set<number>();
  let ancestor = kinship.get(pid)?.parent ?? 0;
  // A table that is read while processes come and go may have a circle in it.
  while (ancestor > 0 && !found.has(ancestor)) {
    found.add(ancestor);
    ancestor = kinship.get(ancestor)?.parent ?? 0;
  }
  return [...found];
}

/** `roots` and all that descends from them, as far as they still run. */
export function familyOf(roots: readonly number[], kinship: Kinship): Set<number> {
  const family = new Set(roots.filter((pid) => kinship.has(pid)));
  for (let before = -1; before !== family.size;) {
    before = family.size;
    for (const [pid, { parent }] of kinship) if (family.has(parent)) family.add(pid);
  }
  return family;
}
