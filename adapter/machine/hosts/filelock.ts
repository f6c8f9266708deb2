import { watch } from 'node:fs';
import { link, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LaunchError, systemCode } from '../../errors.ts';

/** A lock that nobody holds this long, in milliseconds, belonged to a process that is gone: writing takes far less. */
const staleAfter = 30_000;

/** Two writers in one process have files of their own. */
let attempts = 0;

/**
 * Does `work` while holding the lock file `path`, which names the holder's process id. A lock whose process
 * is gone is broken. Waits for another holder up to `waitSeconds` (10).
 * @throws LaunchError `hosts-unwritable` naming the holder, or the system's error where the folder is read-only.
 */
export async function underLock(path: string, work: () => Promise<void>, waitSeconds = 10): Promise<void> {
  await acquire(path, waitSeconds);
  try {
    await sweep(path);
    await work();
  } finally {
    // After a pause of the whole machine it may be another's by now.
    if ((await holderOf(path)) === String(process.pid)) await rm(path, { force: true });
  }
}

function holderOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function acquire(path: string, waitSeconds: number): Promise<void> {
  const own = `${path}.${process.pid}.${++attempts}`;
  const deadline = AbortSignal.timeout(waitSeconds * 1000);
  await writeFile(own, String(process.pid), { mode: 0o600 });
  try {
    for (;;) {
      // Watching starts before trying: a release in between is not missed.
      using change = nextChange(dirname(path), deadline);
      if (await take(own, path)) return;
      const holder = await holderOf(path);
      if (await isStale(path, holder)) await breakLock(path, holder);
      else if (deadline.aborted) throw held(path, holder);
      else await change.happened;
    }
  } finally {
    await unlink(own);
  }
}

/** Removes what processes that died while waiting for the lock left beside it. */
async function sweep(path: string): Promise<void> {
  const name = `${basename(path)}.`;
  for (const file of await readdir(dirname(path))) {
    const pid = Number(/\d+/.exec(file.slice(name.length))?.[0]);
    if (file.startsWith(name) && !isAlive(pid)) await rm(join(dirname(path), file), { force: true });
  }
}

/** A hard link appears whole or not at all: nobody sees a lock without its process id. */
async function take(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string, holder: string): Promise<boolean> {
  // No text: it has been released meanwhile.
  if (holder === '') return false;
  if (!isAlive(Number(holder))) return true;
  const age = await stat(path).then(
    (file) => Date.now() - file.mtimeMs,
    () => 0,
  );
  return age > staleAfter;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user.
    return systemCode(error) !== 'ESRCH';
  }
}

/** Takes the stale lock away under another name; if it turns out to be a new holder's, gives it back. */
async function breakLock(path: string, holder: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path);
  } catch (error) {
    // Somebody else broke it first, or has taken it since.
    if (!['ENOENT', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function nextChange(folder: string, deadline: AbortSignal): Disposable & { happened: Promise<void> } {
  const watcher = watch(folder);
  const happened = new Promise<void>((resolve) => {
    watcher.once('change', () => resolve());
    watcher.once('error', () => resolve());
    deadline.addEventListener('abort', () => resolve(), { once: true });
  });
  return { happened, [Symbol.dispose]: () => watcher.close() };
}

function held(path: string, holder: string): LaunchError {
  return new LaunchError(
    'hosts-unwritable',
    `Cannot change the hosts file: process ${holder} holds its lock "${path}". End that process, or remove the lock file if it is not one of localprocess-k8s.`,
  );
}
