import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two looks. */
const lookAfter = 50;
/** A count may stay the same over a change: after so many looks the table is read in any case. */
const looksPerReading = 20;
/** The share of the time that may go into reading the table, as its reciprocal. */
const restPerReading = 10;

/**
 * Calls `look` at once, and then whenever the socket table may have changed, until it finds something. The
 * table is dear to read (`userOfPeer` says why), so on Linux the counts of sockets in use are read first; and
 * after a slow look it rests, so that waiting takes no more than a tenth of one processor. Rejects with the
 * signal's reason when aborted.
 */
export async function whenSocketsChange<Found>(
  look: () => Promise<Found | undefined>,
  signal: AbortSignal,
): Promise<Found> {
  let last = await counts();
  for (;;) {
    const began = performance.now();
    const found = await look();
    if (found !== undefined) return found;
    await rest(Math.max(lookAfter, (performance.now() - began) * restPerReading), signal);
    let now = await counts();
    for (let looks = 1; now !== undefined && now === last && looks < looksPerReading; looks++) {
      await rest(lookAfter, signal);
      now = await counts();
    }
    last = now;
  }
}

/** As `whenSocketsChange`, for at most `patience` milliseconds: `undefined` when nothing is found in them. */
export async function whenSocketsChangeInTime<Found>(
  look: () => Promise<Found | undefined>,
  { patience, signal }: { patience: number; signal: AbortSignal },
): Promise<Found | undefined> {
  const deadline = AbortSignal.timeout(patience);
  try {
    return await whenSocketsChange(look, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    return undefined;
  }
}

/** How many TCP sockets are in use, of either family; `undefined` where the system does not count. */
async function counts(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const files = ['/proc/net/sockstat', '/proc/net/sockstat6'];
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
  return texts.map((text) => /^TCP6?: inuse (\d+)/m.exec(text)?.[1] ?? '').join(' ');
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}
