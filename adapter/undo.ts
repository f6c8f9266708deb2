import type { Log } from './log.ts';
import { messageOf } from './errors.ts';

/**
 * What has to be undone, last step first. A step pushes its undo *before* it acts; an undo therefore has to
 * be harmless when its step never happened. One that fails is logged and does not keep the others from
 * running.
 */
export class UndoStack implements AsyncDisposable {
  readonly #entries: { name: string; undo: () => unknown }[] = [];
  readonly #log: Log;
  #running: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Remembers how to undo the step called `name`. */
  push(name: string, undo: () => unknown): void {
    if (this.#running) throw new Error(`Cannot add "${name}": everything is being undone already.`);
    this.#entries.push({ name, undo });
  }

  /** Undoes everything in reverse order, once; later calls wait for the first. Never rejects. */
  undo(): Promise<void> {
    this.#running ??= this.#undoAll();
    return this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.undo();
  }

  async #undoAll(): Promise<void> {
    for (let entry = this.#entries.pop(); entry; entry = this.#entries.pop()) {
      this.#log.write('undo', entry.name);
      try {
        await entry.undo();
      } catch (error) {
        this.#log.write('undo', `${entry.name} failed: ${messageOf(error)}`);
      }
    }
  }
}
