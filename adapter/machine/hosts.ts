import { copyFile, readFile, realpath, rename, rm } from 'node:fs/promises';
import hostile from 'hostile';
import { LaunchError, messageOf } from '../errors.ts';
import { underLock } from './filelock.ts';
import { blockMark, withBlock, type HostsEntry } from './hostsblock.ts';
import { replaceFile } from './replacefile.ts';

export type { HostsEntry } from './hostsblock.ts';

/** Where this system keeps its hosts file. */
export const systemHostsFile: string = hostile.HOSTS;

/** The hosts file to read; tests name another by `LOCALPROCESS_HOSTS_FILE`. What is written is never taken from there. */
export function hostsFileToRead(): string {
  return process.env.LOCALPROCESS_HOSTS_FILE ?? systemHostsFile;
}

/** The names that a hosts file maps: by the user's own lines, and by the blocks of other sessions (name → session). */
export interface MappedNames {
  own: Set<string>;
  sessions: Map<string, string>;
}

/** Reads the names that `path` (default: the system's hosts file) maps, in lower case. */
export function readHosts(path = hostsFileToRead()): MappedNames {
  const names: MappedNames = { own: new Set(), sessions: new Map() };
  let session: string | undefined;
  for (const line of hostile.getFile(path, true)) {
    if (typeof line === 'string') {
      const mark = blockMark(line);
      if (mark) session = mark.end === 'begin' ? mark.session : undefined;
      continue;
    }
    for (const name of line[1].toLowerCase().split(/\s+/)) {
      if (session === undefined) names.own.add(name);
      else if (!names.sessions.has(name)) names.sessions.set(name, session);
    }
  }
  return names;
}

/**
 * Writes the session's marked block into the hosts file `path`, replacing an earlier one; without entries
 * the block is removed. The rest of the file stays as it is, to the byte, the change happens in one step (see
 * `replaceFile`), and one writer of ours at a time. While any session's block is there, the file as it was
 * before is kept beside it, as `<path>.localprocess-k8s.bak`. A symbolic link is followed.
 * @throws LaunchError `hosts-unwritable`.
 */
export async function writeHostsBlock(
  path: string,
  session: string,
  entries: readonly HostsEntry[],
): Promise<void> {
  try {
    const file = await realpath(path);
    const backup = `${file}.localprocess-k8s.bak`;
    await underLock(`${file}.localprocess-k8s.lock`, async () => {
      if (entries.length > 0) await keepOriginal(file, backup);
      // latin1 maps every byte to one character and back: what is not ours survives in any encoding.
      const text = await replaceFile(file, (bytes) =>
        Buffer.from(withBlock(bytes.toString('latin1'), session, entries), 'latin1'),
      );
      if (hasBlock(text.toString('latin1'))) return;
      // What a crash between two steps left goes too.
      for (const left of [backup, `${backup}.new`]) await rm(left, { force: true });
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

/** The backup is the file without any block of ours; made whole or not at all, by the holder of the lock. */
async function keepOriginal(file: string, backup: string): Promise<void> {
  if (hasBlock(await readFile(file, 'latin1'))) return;
  const temporary = `${backup}.new`;
  await copyFile(file, temporary);
  await rename(temporary, backup);
}

function hasBlock(text: string): boolean {
  return text.split('\n').some((line) => blockMark(line) !== undefined);
}
