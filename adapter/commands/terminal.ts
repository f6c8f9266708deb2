import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { LaunchError, messageOf } from '../errors.ts';
import type { Progress } from '../progress.ts';

/** Says something to whoever sits at the terminal; standard output belongs to the command. */
export function tell(text: string): void {
  process.stderr.write(`localprocess-k8s: ${text}\n`);
}

/**
 * Progress on standard error: what the user should know stays, and at a terminal the present step stands below it
 * until the next thing is said.
 */
export class TerminalProgress implements Progress {
  readonly #transient = process.stderr.isTTY;

  step(title: string): void {
    if (this.#transient) process.stderr.write(`\r\x1b[Klocalprocess-k8s: ${title} …`);
  }

  say(text: string): void {
    this.clear();
    tell(text);
  }

  warn(text: string): void {
    this.say(text);
  }

  /** Takes the present step away: the terminal is the command's now. */
  clear(): void {
    if (this.#transient) process.stderr.write('\r\x1b[K');
  }
}

/**
 * Does something that a signal cancels: it then has to undo what it did and reject. Resolves with its exit code, or
 * with 128 and the signal's number.
 */
export async function interruptible(act: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const cancel = new AbortController();
  setMaxListeners(0, cancel.signal); // Every request listens to it.
  let by: NodeJS.Signals | undefined;
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      by ??= name;
      cancel.abort(new LaunchError('cancelled', `Cancelled by ${name}.`));
    });
  }
  try {
    return await act(cancel.signal);
  } catch (error) {
    if (by === undefined) throw error;
    tell(messageOf(error));
    return 128 + constants.signals[by];
  }
}
