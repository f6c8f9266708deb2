/** Runs a program, and rejects when it fails. */
export type Run = (program: string, args: readonly string[]) => Promise<unknown>;

/**
 * Addresses of 127.0.0.0/8 beside 127.0.0.1, which macOS has only where its loopback interface `lo0` is given
 * them, one by one and by the administrator (ifconfig(8), `alias`). Linux and Windows have them all.
 */
export class LoopbackAliases {
  readonly #run: Run;
  readonly #added = new Set<string>();

  constructor(run: Run) {
    this.#run = run;
  }

  /** Adds those that this session has not added yet. Rejects with the first failure; what was added stays for `removeAll`. */
  async add(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      if (this.#added.has(address)) continue;
      // Remembered first: whatever becomes of the command, the address is taken away in the end.
      this.#added.add(address);
      await this.#run('/sbin/ifconfig', ['lo0', 'alias', address, 'netmask', '255.255.255.255']);
    }
  }

  /** Takes away what was added, the last one first; one that fails does not keep the others, and is tried again next time. */
  async removeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const address of [...this.#added].reverse()) {
      try {
        await this.#run('/sbin/ifconfig', ['lo0', '-alias', address]);
        this.#added.delete(address);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `Cannot take ${failures.length} addresses off lo0.`);
  }
}
