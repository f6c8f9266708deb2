import type { Http2Session } from 'node:http2';
import { deadSeconds, pingSeconds } from './protocol.ts';

export interface HeartbeatOptions {
  /** Seconds between two PINGs; default 10. A session is dead after three times as long without an answer. */
  everySeconds?: number;
  /** Called with the round-trip time in milliseconds at every answer. */
  heard: (rttMs: number) => void;
}

/**
 * Asks the other end of `session` for a sign of life, now and then regularly, until the session closes; one
 * that stays silent too long is destroyed with an error. Nothing else tells a dead network from a quiet one.
 */
export function heartbeat(
  session: Http2Session,
  { everySeconds = pingSeconds, heard }: HeartbeatOptions,
): void {
  const silentMs = ((everySeconds * deadSeconds) / pingSeconds) * 1000;
  let last = performance.now();
  const beat = () => {
    if (session.destroyed) return;
    if (performance.now() - last > silentMs) {
      session.destroy(new Error(`Nothing was heard for ${silentMs / 1000} seconds.`));
      return;
    }
    // Refused when too many are unanswered already: then the next beats see the silence.
    session.ping((error, rtt) => {
      if (error) return;
      last = performance.now();
      heard(rtt);
    });
  };
  const timer = setInterval(beat, everySeconds * 1000).unref();
  session.once('close', () => clearInterval(timer));
  beat();
}
