import type net from 'node:net';
import type { Channel } from './channel.ts';

/** The longest message, in characters: the largest request of the protocol is well below. */
const longest = 16 * 1024 * 1024;

/** Messages over a stream, each a line of JSON; the other end is trusted with nothing but their number. */
export class LineChannel implements Channel {
  readonly handsOver = false;
  /** Resolves when the other end has closed, was killed, or said something that is no message. */
  readonly closed: Promise<void>;
  #isOpen = true;
  readonly #socket: net.Socket;
  #rest = '';
  #take: ((message: unknown) => void) | undefined;
  #waiting: unknown[] = [];

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.#isOpen = false;
        resolve();
      }),
    );
    // Followed by 'close': the end is the end, however it came.
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Hands messages to `take`, those first that came before. One receiver; another takes its place. */
  onMessage(take: (message: unknown) => void): void {
    this.#take = take;
    for (const message of this.#waiting.splice(0)) take(message);
  }

  /** Keeps messages until somebody receives them again. */
  hold(): void {
    this.#take = undefined;
  }

  send(message: unknown): Promise<void> {
    return new Promise((resolve) => this.#socket.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.end();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    try {
      if (this.#rest.length > longest) throw new Error('A message is too long.');
      for (const line of lines) this.#deliver(JSON.parse(line));
    } catch {
      this.#socket.destroy();
    }
  }

  #deliver(message: unknown): void {
    if (this.#take) this.#take(message);
    else this.#waiting.push(message);
  }
}
