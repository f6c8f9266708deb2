import { Event } from '@vscode/debugadapter';
import type { Peer } from './dap/peer.ts';
import type { Connected } from './launch.ts';

/** How often it is looked at, in milliseconds. */
const interval = 1000;

/** Whether launch arguments say that the editor can show a session's state: its integration sets `"__states": true`. */
export function wantsStates(args: Record<string, unknown>): boolean {
  return args.__states === true;
}

/**
 * Tells an editor how its session is, as an event of our own: `localprocess-k8s.state`, with a `Summary`, now and
 * when that has changed, once a second at most while traffic goes on.
 */
export function tellStates(
  client: Peer,
  { diagnostics, lost }: Pick<Connected, 'diagnostics' | 'lost'>,
): void {
  let told = '';
  const tell = async () => {
    try {
      const summary = await diagnostics.summary();
      const text = JSON.stringify(summary);
      if (text !== told) client.event(new Event('localprocess-k8s.state', summary));
      told = text;
    } catch {
      // Who knew it has gone; the session says so itself.
      clearInterval(timer);
    }
  };
  const timer = setInterval(() => void tell(), interval).unref();
  void client.closed.then(() => clearInterval(timer));
  void lost.then(tell);
  void tell();
}
