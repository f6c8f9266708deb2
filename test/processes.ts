import { readFileSync } from 'node:fs';

/** Whether a process runs. One that has ended and whose parent has not asked how (proc_pid_stat(5): Z) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when a process that is not this one's child has gone: nobody tells us. Rejects after five seconds. */
export async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + 5000;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`Process ${pid} is still there.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
