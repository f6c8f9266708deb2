/** What `localprocess-k8s restore --json` answers. */
export interface Restored {
  sessions: {
    session: string;
    target: string;
    outcome: 'restored' | 'running' | 'failed';
    message?: string;
  }[];
}

/** The result in one line, and whether something is left. */
export function restoredWords({ sessions }: Restored): { text: string; failed: boolean } {
  const failed = sessions.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0)
    return {
      text: `Cannot restore ${failed.map(({ target, message = '' }) => `${target}: ${message}`).join(' ')}`,
      failed: true,
    };
  const targets = (wanted: string) =>
    sessions.filter(({ outcome }) => outcome === wanted).map(({ target }) => target);
  const [done, running] = [targets('restored'), targets('running')];
  const kept =
    running.length > 0 ? ` ${list(running)} ${running.length === 1 ? 'is' : 'are'} running: left alone.` : '';
  if (done.length > 0) return { text: `Restored ${list(done)}.${kept}`, failed: false };
  return { text: `There is nothing to restore.${kept}`, failed: false };
}

function list(items: readonly string[]): string {
  return [items.slice(0, -1).join(', '), items.at(-1)].filter((part) => part !== '').join(' and ');
}
