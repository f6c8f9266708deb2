import { setTimeout as delay } from 'node:timers/promises';
import type { Connected } from './launch.ts';

/** How a connection is left. */
type Manner = Parameters<Connected['leave']>[0];

/** A session's way out of the cluster: taken once, in the manner of whoever asks first. */
export class Departure {
  #connection: Promise<Connected> | undefined;
  #leaving: Promise<void> | undefined;

  /** Notes what is to be left, as soon as it is being made. */
  from(connection: Promise<Connected>): Promise<Connected> {
    this.#connection = connection;
    return connection;
  }

  /** Whether somebody has asked for it. */
  get begun(): boolean {
    return this.#leaving !== undefined;
  }

  /**
   * Leaves the cluster; `how` as `Connected.leave` takes it; by default at once, with the debuggee. Resolves when everything is undone, or after
   * `patience` milliseconds (default: none), while it goes on.
   */
  async leave(how: Manner = { inFlight: false, alone: false }, patience?: number): Promise<void> {
    this.#leaving ??= this.#leave(how);
    if (patience === undefined) await this.#leaving;
    else await Promise.race([this.#leaving, delay(patience, undefined, { ref: false })]);
  }

  /** Keeps the connection for the next debugger instead; leaves where it cannot be kept. */
  async keep(): Promise<void> {
    if (!this.#connection || this.#leaving) return;
    this.#leaving = this.#connection
      .then((connected) => connected.keep())
      .catch(() => this.#leave({ inFlight: false, alone: false }));
    await this.#leaving;
  }

  async #leave(how: Manner): Promise<void> {
    // A launch that failed has undone everything itself.
    const connected = await this.#connection?.catch(() => undefined);
    await connected?.leave(how);
  }
}
