import type { ChildProcess } from 'node:child_process';
import net from 'node:net';

/** What the adapter and its helper speak over: messages, in order, each once; alike on both ends. */
export interface Channel {
  /** Whether a listener can be sent along with a message. */
  readonly handsOver: boolean;
  readonly isOpen: boolean;
  /** Resolves when the other end has closed, or was killed. */
  readonly closed: Promise<void>;
  /** Hands messages to `take`, those first that came before. */
  onMessage(take: (message: unknown, listener?: net.Server) => void): void;
  /** Resolves when the message has left; also when nobody is there to take it: `closed` tells. */
  send(message: unknown, listener?: net.Server): Promise<void>;
  /** Closes when everything that was sent has left. */
  close(): void;
}

/** Node.js's own channel between a process and the one that started it: `end` is the child, or this process. */
export class InheritedChannel implements Channel {
  readonly handsOver = true;
  readonly closed: Promise<void>;
  readonly #end: ChildProcess | NodeJS.Process;

  constructor(end: ChildProcess | NodeJS.Process) {
    this.#end = end;
    this.closed = new Promise((resolve) => end.once('disconnect', () => resolve()));
  }

  get isOpen(): boolean {
    return this.#end.connected;
  }

  onMessage(take: (message: unknown, listener?: net.Server) => void): void {
    this.#end.on('message', (message: unknown, handle: unknown) =>
      take(message, handle instanceof net.Server ? handle : undefined),
    );
  }

  send(message: unknown, listener?: net.Server): Promise<void> {
    return new Promise((resolve) => {
      if (!this.isOpen || !this.#end.send) resolve();
      else this.#end.send(message as object, listener, {}, () => resolve());
    });
  }

  close(): void {
    if (this.isOpen) this.#end.disconnect();
  }
}
