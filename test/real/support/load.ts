import type { InsideProcess } from './insideProcess.ts';

/** One request of a load: when it began (ms since 1970), how long it took (ms), who answered or what went wrong. */
export interface LoadRecord {
  at: number;
  took: number;
  answeredBy?: string;
  error?: string;
  /** Over a connection that had served another request before. */
  reused?: boolean;
}

/** A running load; see `InsidePod.load`. */
export class Load implements AsyncDisposable {
  readonly records: LoadRecord[] = [];
  readonly #process: InsideProcess;
  readonly #ended: Promise<void>;
  readonly #watchers = new Set<() => void>();
  #sent: number | undefined;
  #over = false;

  private constructor(process: InsideProcess) {
    this.#process = process;
    this.#ended = this.#read();
  }

  /** Resolves when the first request has been answered. */
  static async of(process: InsideProcess): Promise<Load> {
    const load = new Load(process);
    await load.until((records) => records.length > 0);
    return load;
  }

  /** Resolves when the records so far satisfy the condition; rejects when the load ends before. */
  until(condition: (records: LoadRecord[]) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (condition(this.records)) resolve();
        else if (this.#over) reject(new Error('The load ended before what was waited for.'));
        else return;
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /**
   * Starts no more requests, waits for those under way, and gives the records of all, in the order of their
   * answers. Rejects when the record of a single one is missing.
   */
  async stop(): Promise<LoadRecord[]> {
    if (!this.#over) this.#process.stdin.write('stop\n');
    await this.#ended;
    if (this.#sent !== this.records.length)
      throw new Error(
        `The load is incomplete: ${this.#sent ?? 'an unknown number of'} requests were sent, ${this.records.length} were recorded.`,
      );
    return this.records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.#process.kill();
    await this.#ended;
  }

  async #read(): Promise<void> {
    for await (const line of this.#process.iterable()) {
      const record = JSON.parse(line) as LoadRecord | { sent: number };
      if ('sent' in record) this.#sent = record.sent;
      else this.records.push(record);
      this.#look();
    }
    this.#over = true;
    this.#look();
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }
}
