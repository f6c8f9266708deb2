import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Administrator, type AdministratorOptions } from '../../adapter/machine/administrator.ts';
import { Log } from '../../adapter/log.ts';
import type { Progress } from '../../adapter/progress.ts';
import { bundle } from './script.ts';

const run = promisify(execFile);

/** What the hosts file of a script's own holds at first. */
export const hostsText = '127.0.0.1 localhost\n';

/**
 * A script that serves as the helper, after `first`, and otherwise runs `main` as an adapter would. Beside it
 * is a hosts file of its own, for all that does not look names up: sessions outside the test do not disturb it.
 */
export async function helperScript(
  main = '',
  first = '',
): Promise<AsyncDisposable & { path: string; hostsFile: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'helper-'));
  await chmod(folder, 0o755);
  const path = join(folder, 'main.mjs');
  await bundle(
    `import { Administrator, serveHelper } from './administrator.ts';
     import { Log } from '../log.ts';
     if (process.argv[2] === 'helper') {
       ${first}
       await serveHelper(process.argv.slice(3));
     } else {
       const silent = { step() {}, say() {}, warn() {} };
       const start = (more) => Administrator.start({
         mainScript: process.argv[1], log: new Log('test', '/dev/null'), progress: silent,
         signal: new AbortController().signal, ...more,
       });
       ${main}
     }`,
    path,
  );
  const hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, hostsText);
  return { path, hostsFile, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export const silent: Progress = { step: () => undefined, say: () => undefined, warn: () => undefined };

/** Starts the helper of this process, with the script's hosts file. */
export function start(
  script: { path: string; hostsFile: string },
  options: Partial<AdministratorOptions> = {},
): Promise<Administrator> {
  return Administrator.start({
    session: `test-${process.pid}`,
    mainScript: script.path,
    hostsFile: script.hostsFile,
    log: new Log('test', '/dev/null'),
    signal: new AbortController().signal,
    progress: silent,
    ...options,
  });
}

/**
 * Does `work` with the system's hosts file and packet filter for itself: suites run side by side, and each
 * compares what it found with what it left.
 */
export async function alone(work: () => Promise<void>): Promise<void> {
  const held = spawn('flock', ['/etc', 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(held, 'exit');
  await once(held.stdout, 'data');
  try {
    await work();
  } finally {
    held.stdin.end();
    await ended;
  }
}

/** Resolves when a hosts file holds exactly `text`, woken by changes in its folder. */
export async function hostsToBe(path: string, text: string): Promise<void> {
  const watcher = watch(dirname(path));
  try {
    while ((await readFile(path, 'utf8')) !== text) await once(watcher, 'change');
  } finally {
    watcher.close();
  }
}

/** Resolves when no process has `text` on its command line. */
export async function noneWith(text: string): Promise<void> {
  // Nothing announces the end of a process that is not a child.
  for (const pid of await processesWith(text))
    while (await runs(pid)) await new Promise((r) => setTimeout(r, 10));
}

/** A process that has ended stays in the table until its parent, here often init, takes note: that may last. */
async function runs(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text !== '' && !/^.*\) [ZX] /s.test(text);
}

/** The first line that a child writes; fails with what it wrote to standard error. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const ended = once(child, 'close').then(() => Promise.reject(new Error(`It ended: ${words}`)));
  ended.catch(() => undefined);
  if (!child.stdout) throw new Error('It has no standard output.');
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  return line.toString().trim();
}

/** The processes, without this one, whose command line contains `text`. */
export async function processesWith(text: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
  const lines = stdout.split('\n').filter((line) => line.includes(text) && !line.includes('ps -eo'));
  return lines.map((line) => Number(line.trim().split(' ')[0]));
}

/** An ordinary account, with a rule for sudo (`undefined`: none); both are removed when disposed. */
export async function ordinaryUser(
  rule: string | undefined,
): Promise<AsyncDisposable & { name: string; uid: number; gid: number }> {
  const name = `lpk${process.pid}`;
  await run('useradd', ['--no-create-home', '--home-dir', '/', '--shell', '/bin/sh', name]);
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  const sudoers = `/etc/sudoers.d/${name}`;
  if (rule !== undefined) await writeFile(sudoers, `${name} ${rule}\n`, { mode: 0o440 });
  return {
    name,
    uid: Number(uid.stdout),
    gid: Number(gid.stdout),
    [Symbol.asyncDispose]: async () => {
      await rm(sudoers, { force: true });
      await run('userdel', [name]);
    },
  };
}
