import { readFileSync } from 'node:fs';
import { copyFile, readFile, realpath, rename, rm } from 'node:fs/promises';
import hostile from 'hostile';
import { LaunchError, messageOf } from '../../errors.ts';
import { underLock } from './filelock.ts';
import { hasBlock, linesOf, padding, readLine, withBlock, type HostsEntry } from './hostsblock.ts';
import { replaceFile } from './replacefile.ts';

export type { HostsEntry } from './hostsblock.ts';

/** Where this system keeps its hosts file. */
export const systemHostsFile: string = hostile.HOSTS;

/** The hosts file to read; tests name another by `LOCALPROCESS_HOSTS_FILE`. What is written is never taken from there. */
export function hostsFileToRead(): string {
  return process.env.LOCALPROCESS_HOSTS_FILE ?? systemHostsFile;
}

/** The names that a hosts file maps: by the user's own lines, and by those of sessions (name → session). */
export interface MappedNames {
  own: Set<string>;
  sessions: Map<string, string>;
}

/** Reads the names that `path` (default: the system's hosts file) maps, in lower case. */
export function readHosts(path = hostsFileToRead()): MappedNames {
  const names: MappedNames = { own: new Set(), sessions: new Map() };
  for (const line of linesOf(readFileSync(path, 'latin1'))) {
    const { hostnames = [], session } = readLine(line) ?? {};
    for (const name of hostnames) {
      if (session === undefined) names.own.add(name);
      else if (!names.sessions.has(name)) names.sessions.set(name, session);
    }
  }
  return names;
}

/**
 * Writes the session's lines into the hosts file `path`, replacing earlier ones; without entries they are
 * removed, and so are those of `written` (what this process wrote for the session before) that somebody
 * changed. The rest of the file stays as it is, to the byte, the change happens in one step (see
 * `replaceFile`), and one writer of ours at a time. While any session's lines are there, the file as it was
 * before is kept beside it, as `<path>.localprocess-k8s.bak`. A symbolic link is followed.
 * @throws LaunchError `hosts-unwritable`; then nothing has changed.
 */
export async function writeHostsBlock(
  path: string,
  session: string,
  entries: readonly HostsEntry[],
  written: readonly HostsEntry[] = [],
): Promise<void> {
  try {
    const file = await realpath(path);
    const backup = `${file}.localprocess-k8s.bak`;
    await underLock(`${file}.localprocess-k8s.lock`, async () => {
      if (entries.length > 0) await keepOriginal(file, backup);
      try {
        // latin1 maps every byte to one character and back: what is not ours survives in any encoding.
        await replaceFile(file, {
          apply: (bytes) =>
            Buffer.from(withBlock(bytes.toString('latin1'), session, entries, written), 'latin1'),
          padding,
        });
      } finally {
        if (!hasBlock(await readFile(file, 'latin1'))) {
          // What a crash between two steps left goes too.
          for (const left of [backup, `${backup}.new`]) await rm(left, { force: true });
        }
      }
    });
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    throw new LaunchError(
      'hosts-unwritable',
      `Cannot write to the hosts file "${path}": ${messageOf(error)}. ` +
        'Make it writable for the administrator, or set "useKubernetesServiceEnvironmentVariables": true to do without it.',
      { cause: error },
    );
  }
}

/** The backup is the file without any line of ours; made whole or not at all, by the holder of the lock. */
async function keepOriginal(file: string, backup: string): Promise<void> {
  if (hasBlock(await readFile(file, 'latin1'))) return;
  const temporary = `${backup}.new`;
  await copyFile(file, temporary);
  await rename(temporary, backup);
}
