import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Administrator, type AdministratorOptions } from '../../adapter/machine/administrator.ts';
import { Log } from '../../adapter/log.ts';
import type { Progress } from '../../adapter/progress.ts';
import { bundle } from './script.ts';

const run = promisify(execFile);

/** A script that serves as the helper, and otherwise runs `main` as an adapter would. */
export async function helperScript(main = ''): Promise<AsyncDisposable & { path: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'helper-'));
  await chmod(folder, 0o755);
  const path = join(folder, 'main.mjs');
  await bundle(
    `import { Administrator, serveHelper } from './administrator.ts';
     import { Log } from '../log.ts';
     if (process.argv[2] === 'helper') {
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
  return { path, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export const silent: Progress = { step: () => undefined, say: () => undefined, warn: () => undefined };

/** Starts the helper of this process. */
export function start(
  mainScript: string,
  options: Partial<AdministratorOptions> = {},
): Promise<Administrator> {
  return Administrator.start({
    session: `test-${process.pid}`,
    mainScript,
    log: new Log('test', '/dev/null'),
    signal: new AbortController().signal,
    progress: silent,
    ...options,
  });
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
