import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Bind } from '../../../adapter/machine/namespace/namespace.ts';
import { bundle, temporaryFolder } from '../script.ts';

/** Users that isolation is for: root, and one without any rights, which needs no account. */
export const users = { root: 0, 'an ordinary user': 61_234 };

/** What came of a command that was to run in a namespace. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Wanted {
  binds: Bind[];
  keep?: string[];
  cwd?: string;
  /** The effective user and group. */
  uid?: number;
  /** Words that the adapter itself is started by. */
  by?: string[];
  env?: NodeJS.ProcessEnv;
}

/**
 * A folder in which `volume` and `secret` wait to be shown, and a program that does what the adapter does: it runs a
 * command in a namespace, or prints the error as JSON and ends with 99.
 */
export async function insideFolder() {
  const folder = await temporaryFolder();
  const { path } = folder;
  await chmod(path, 0o755);
  const script = join(path, 'enter.mjs');
  await bundle(
    `import { spawn, type ChildProcessByStdio } from 'node:child_process';
     import { namespacePrefix } from './namespace/namespace.ts';
     const { binds, keep, command } = JSON.parse(process.argv[2]);
     try {
       const signal = new AbortController().signal;
       const prefix = await namespacePrefix({ binds }, { keep: keep ?? [], signal });
       const [program, ...args] = [...prefix, ...command];
       const child = spawn(program, args, { stdio: 'inherit' });
       child.once('exit', (code, by) => process.exit(by ? 98 : code));
       process.stderr.write('PID ' + child.pid + '\\n');
     } catch (error) {
       console.log(JSON.stringify({ code: error.code, attribute: error.attribute, message: error.message }));
       process.exit(99);
     }`,
    script,
  );
  await mkdir(join(path, 'volume'), { mode: 0o755 });
  await writeFile(join(path, 'volume', 'greeting'), 'good morning\n');
  await writeFile(join(path, 'secret'), 'of the pod\n');
  // As a session's own folder, which is the user's.
  if (process.getuid?.() === 0) await chown(join(path, 'volume'), users['an ordinary user'], 0);
  return {
    path,
    volume: join(path, 'volume'),
    secret: join(path, 'secret'),
    start: (wanted: Wanted, command: string[]) => start(script, wanted, command),
    /** Runs \`sh -c SCRIPT\` there to its end. */
    async run(wanted: Wanted, shell: string): Promise<Outcome> {
      const child = start(script, wanted, ['sh', '-c', shell]);
      child.stdin.end();
      const closed = once(child, 'close');
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const [code] = (await closed) as [number | null];
      return { code, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function start(script: string, { binds, keep, cwd, uid = 0, by = [], env = {} }: Wanted, command: string[]) {
  const asked = JSON.stringify({ binds, keep, command });
  const words = [...by, process.execPath, script, asked];
  return spawn(String(words[0]), words.slice(1), {
    cwd: cwd ?? dirname(script),
    uid,
    gid: uid,
    env: { PATH: process.env.PATH, HOME: dirname(script), ...env },
    stdio: 'pipe',
  });
}

/** Collects what a child prints; `until` resolves when that is enough, and fails when it ends before. */
export function printed(child: ChildProcessByStdio<Writable, Readable, Readable>) {
  let output = '';
  let words = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (output += more));
  child.stderr.setEncoding('utf8').on('data', (more: string) => (words += more));
  const closed = once(child, 'close');
  return {
    async until(enough: (output: string) => boolean): Promise<string> {
      const ended = closed.then(() => Promise.reject(new Error(`It ended: ${output}${words}`)));
      ended.catch(() => undefined);
      while (!enough(output)) await Promise.race([once(child.stdout, 'data'), ended]);
      const taken = output;
      output = '';
      return taken;
    },
    async rest(): Promise<{ output: string; words: string; code: number | null }> {
      const [code] = (await closed) as [number | null];
      return { output, words, code };
    },
  };
}

/** Where every program of this machine would see a trace: its mounts, and its root. */
export async function machine(): Promise<unknown> {
  return { mounts: mounts(), root: await readdir('/') };
}

/** The mounts that this process sees, but those that containers elsewhere come and go with. */
function mounts(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => !/kubelet|containerd|netns|kubecluster/.test(line));
}
