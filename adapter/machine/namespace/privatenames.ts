import { access, readFile } from 'node:fs/promises';
import type { Bind } from './mountplan.ts';

/** glibc asks the cache that listens here before it looks at any file; see nscd(8). */
const cache = '/run/nscd/socket';

/**
 * What else has to differ for a process that is to have an `/etc/hosts` of its own: something between it and the
 * file may look names up elsewhere, outside its namespace. Nothing when the hosts file is not among the binds.
 */
export async function privateNames(
  binds: readonly Bind[],
): Promise<{ binds: Bind[]; switch: string | undefined }> {
  if (!binds.some(({ to }) => to === '/etc/hosts')) return { binds: [], switch: undefined };
  const cached = await access(cache).then(
    () => true,
    () => false,
  );
  // Without the file the C library's own order holds, and that begins with the hosts file.
  const text = await readFile('/etc/nsswitch.conf', 'utf8').catch(() => '');
  return {
    // Nobody can connect to it there, so the file is looked at.
    binds: cached ? [{ from: '/dev/null', to: cache }] : [],
    switch: filesFirst(text),
  };
}

/**
 * An nsswitch.conf(5) in which host names are looked for in the hosts file first; `undefined` if they are already.
 * systemd-resolved (`resolve [!UNAVAIL=return] files`) reads that file itself, and not the namespace's.
 */
export function filesFirst(text: string): string | undefined {
  const line = /^([ \t]*hosts:)([^#\n]*)(.*)$/m;
  const sources = line.exec(text)?.[2]?.trim() ?? 'files';
  if (/^files\b/.test(sources)) return undefined;
  const others = sources.replace(/(^|\s+)files(\s*\[[^\]]*\])?(?=\s|$)/g, '').trim();
  return text.replace(line, (_, name: string, __, comment: string) =>
    `${name} files ${others} ${comment}`.trimEnd(),
  );
}
