import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

// Every process that these tests start inherits this variable, and so does whatever it starts in turn.
const mark = `LOCALPROCESS_TEST=${randomBytes(6).toString('hex')}`;
process.env.LOCALPROCESS_TEST = mark.split('=')[1];

const ours =
  /(dist|adapter)\/main\.js|node \.\/server\.js|vsDebugServer|debugpy|\.tools\/dlv|samples\/shop|__debug_bin/;

/**
 * The command lines of processes that this test has started: those with its mark in their environment, and
 * those that got a clean environment but look like ours, unless another run of tests is their ancestor.
 */
export function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = read(pid, 'cmdline').replaceAll('\0', ' ').trim();
      if (command === '' || command.startsWith('kubectl ') || inPod(pid)) return [];
      const environment = read(pid, 'environ').split('\0');
      const marked = environment.some((variable) => variable.startsWith('LOCALPROCESS_TEST='));
      const found = marked ? environment.includes(mark) : ours.test(command) && !ofAnotherRun(pid);
      return found ? [`${pid} ${command}`] : [];
    })
    .sort();
}

/** A pod's processes are seen from here as well, in control groups of their own. */
function inPod(pid: string): boolean {
  return read(pid, 'cgroup').includes('kubepods');
}

function ofAnotherRun(pid: string): boolean {
  for (let ancestor = parent(pid); ancestor !== undefined; ancestor = parent(ancestor)) {
    if (ancestor === String(process.pid)) return false;
    if (read(ancestor, 'cmdline').includes('jest')) return true;
  }
  return false;
}

function parent(pid: string): string | undefined {
  const found = /^PPid:\s+(\d+)$/m.exec(read(pid, 'status'))?.[1];
  return found === '0' ? undefined : found;
}

/** A file of a process in /proc; empty when the process has ended meanwhile. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
