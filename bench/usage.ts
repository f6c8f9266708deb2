import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Namespace } from '../test/real/support/namespace.ts';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Milliseconds of processor time that a process has used; the system counts in hundredths of a second. */
export function processorMs(pid: number): number {
  // The name, in parentheses, may hold anything; utime and stime are fields 14 and 15 (proc_pid_stat(5)).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Memory in MiB: what is resident now, and the most since `forgetPeak`. */
export interface Memory {
  resident: number;
  peak: number;
}

export function memory(pid: number): Memory {
  return memoryIn(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** From here on the peak counts anew (proc_pid_clear_refs(5)). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The largest of the session's agents, as process 1 of its container. */
export async function agentMemory(namespace: Namespace): Promise<Memory> {
  const { items } = await namespace.get('pods', '--selector', 'localprocess-k8s/session');
  const each = await Promise.all(
    items.map(async ({ metadata: { name } }) =>
      memoryIn(await namespace.kubectl('exec', name, '--container=web', '--', 'cat', '/proc/1/status')),
    ),
  );
  const largest = (which: keyof Memory) => Math.max(...each.map((found) => found[which]));
  return { resident: largest('resident'), peak: largest('peak') };
}

function memoryIn(status: string): Memory {
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { resident: read('VmRSS'), peak: read('VmHWM') };
}
