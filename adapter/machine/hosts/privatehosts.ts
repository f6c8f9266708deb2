import { watch } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Log } from '../../log.ts';
import { messageOf } from '../../errors.ts';
import { hostsFileToRead } from './hosts.ts';
import { linesOf, padding, readLine, withBlock, type HostsEntry } from './hostsblock.ts';
import { replaceFile } from './replacefile.ts';

/**
 * A hosts file for the local process alone: this machine's own, without the names of sessions, and those of
 * `session`. Follows this machine's while it changes, until `signal` aborts.
 */
export function privateHosts(
  path: string,
  { session, log, signal }: { session: string; log: Log; signal: AbortSignal },
): (entries: readonly HostsEntry[]) => Promise<void> {
  const machines = hostsFileToRead();
  let last: readonly HostsEntry[] = [];
  let writing = Promise.resolve();
  const write = () => {
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        signal.throwIfAborted();
        const text = withBlock(withoutSessions(await readFile(machines, 'latin1')), session, last);
        await writeFile(path, '', { flag: 'a', mode: 0o644 });
        // Somebody sees it in another place, by its inode: so not a new file in its place.
        await replaceFile(path, { apply: () => Buffer.from(text, 'latin1'), padding, inPlace: true });
      });
    return writing;
  };
  const changed = (_: string, name: string | null) => {
    if (name === basename(machines)) write().catch((error: unknown) => log.write('hosts', messageOf(error)));
  };
  watch(dirname(machines), { signal, persistent: false }, changed).on('error', (error) =>
    log.write('hosts', messageOf(error)),
  );
  return (entries) => {
    last = entries;
    return write();
  };
}

function withoutSessions(text: string): string {
  return linesOf(text)
    .filter((line) => readLine(line)?.session === undefined)
    .join('');
}
