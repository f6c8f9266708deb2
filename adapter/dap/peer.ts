import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Framer, FramingError } from './framing.ts';
import { Message } from './message.ts';
import { messageOf } from '../errors.ts';

/** What is longer, in bytes, is written as it is; what is shorter is copied together and written at once. */
const longestCopied = 16 * 1024;

interface Pending {
  /** The `seq` under which the other side of the relay knows this request. */
  origin: number | undefined;
  settle: (response: Message | undefined) => void;
}

/** Is shown each message: one that comes in as it came, one that goes out with the numbers that it gets. */
export type Observer = (direction: 'in' | 'out', message: Message, seq: number, requestSeq: number) => void;

/** What the owner of a peer does with the messages that are not answers. */
export interface Listener {
  request(message: Message): void;
  event(message: Message): void;
}

/**
 * One end of a DAP conversation: the editor, or a debug adapter. It numbers what it sends with one counter,
 * matches answers to requests, and settles every request: with its answer, or with nothing when the stream
 * has ended.
 */
export class Peer {
  /** Resolves when nothing more will come: with the reason when the stream broke or was not DAP. */
  readonly closed: Promise<Error | undefined>;
  /** Sees everything from when it is set. Default: nobody does. */
  observer: Observer | undefined;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #pending = new Map<number, Pending>();
  readonly #heldFor = new Set<Peer>();
  #listener: Listener | undefined;
  #waiting: Message[] = [];
  #seq = 0;
  /** What has been sent and not written, and who it came from. */
  #outgoing: Buffer[] = [];
  readonly #sources = new Set<Peer>();
  #ended = false;
  #resolveClosed: (reason: Error | undefined) => void = () => undefined;

  constructor(input: Readable, output: Writable, options: { strict?: boolean } = {}) {
    this.#input = input;
    this.#output = output;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const framer = new Framer(options);
    input.on('data', (chunk: Buffer) => this.#read(framer, chunk));
    input.once('end', () =>
      this.#close(framer.torn ? new FramingError('The stream ended within a message.') : undefined),
    );
    input.once('error', (error) => this.#close(error));
    input.once('close', () => this.#close(undefined));
    // What cannot be written is noticed where it is read: the stream ends as well.
    output.on('error', (error) => this.#close(error));
    output.once('close', () => {
      // One that was ended in peace may be listened to until it ends by itself.
      if (!output.writableFinished) this.#close(undefined);
    });
  }

  /** Whether the stream has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Begins to deliver requests and events, in the order they came, those that came already included. */
  listen(listener: Listener): void {
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.#deliver(message);
  }

  /** Sends a message with a number of this side; returns the number. `source` is held back while this side is slow. */
  send(message: Message, options: { requestSeq?: number; source?: Peer } = {}): number {
    const seq = ++this.#seq;
    // One that says nothing more may still listen.
    if (this.#output.writableEnded || this.#output.destroyed) return seq;
    this.observer?.('out', message, seq, options.requestSeq ?? message.requestSeq);
    // What is sent in one turn leaves in one write.
    if (this.#outgoing.length === 0) process.nextTick(() => this.#flush());
    this.#outgoing.push(...message.encode(seq, options.requestSeq));
    if (options.source) this.#sources.add(options.source);
    return seq;
  }

  /** Sends on a request that another peer made; `settle` gets the answer, or nothing if none can come any more. */
  relay(
    message: Message,
    options: { source?: Peer; origin?: number | undefined; settle: (response: Message | undefined) => void },
  ): void {
    if (this.#ended) {
      options.settle(undefined);
      return;
    }
    // First, since an answer may come while sending still goes on.
    this.#pending.set(this.#seq + 1, { origin: options.origin, settle: options.settle });
    this.send(message, options.source ? { source: options.source } : {});
  }

  /** A request of our own. Resolves with the answer, also a failure; with nothing when none can come any more. */
  request(command: string, args: unknown): Promise<DebugProtocol.Response | undefined> {
    return new Promise((resolve) => {
      this.relay(Message.of({ type: 'request', command, arguments: args }), {
        settle: (response) => resolve(response?.read('response')),
      });
    });
  }

  /** Answers a request with success. */
  respond(request: Message, body?: unknown): void {
    this.#answer(request, { success: true, command: request.name }, body);
  }

  /** Answers a request with a failure. */
  refuse(request: Message, message: string, body?: unknown): void {
    this.#answer(request, { success: false, command: request.name, message }, body);
  }

  /** Sends an event of our own. */
  event(event: DebugProtocol.Event): void {
    this.send(
      Message.of({
        type: 'event',
        event: event.event,
        ...(event.body === undefined ? {} : { body: event.body as unknown }),
      }),
    );
  }

  /** The number here of a request that came from elsewhere as `origin`, while it is not answered. */
  numberOf(origin: number): number | undefined {
    for (const [seq, pending] of this.#pending) if (pending.origin === origin) return seq;
    return undefined;
  }

  /** Stops reading until `slow` has written what it holds, or is gone. */
  holdFor(slow: Peer): void {
    if (this.#heldFor.has(slow)) return;
    this.#heldFor.add(slow);
    this.#input.pause();
    const release = () => {
      slow.#output.off('drain', release).off('close', release);
      if (this.#heldFor.delete(slow) && this.#heldFor.size === 0) this.#input.resume();
    };
    slow.#output.once('drain', release).once('close', release);
  }

  /** Ends our side of the stream once everything is written. Resolves when it is, or when it cannot be. */
  async end(): Promise<void> {
    this.#flush();
    if (this.#output.destroyed || this.#output.writableFinished) return;
    await new Promise<void>((resolve) => {
      this.#output.once('close', resolve);
      this.#output.once('error', () => resolve());
      this.#output.end(() => resolve());
    });
  }

  /** Ends both ways at once. */
  destroy(): void {
    this.#input.destroy();
    this.#output.destroy();
    this.#close(undefined);
  }

  #answer(request: Message, outcome: object, body: unknown): void {
    const content = { request_seq: request.seq, ...outcome, ...(body === undefined ? {} : { body }) };
    // Whoever asks and does not read the answers is not asked for more.
    this.send(Message.of({ type: 'response', ...content }), { source: this });
  }

  /** Writes what was sent; those it came from are held back when it is too much. */
  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (outgoing.length === 0 || this.#output.destroyed) return;
    let flowing = true;
    this.#output.cork();
    for (const buffer of joined(outgoing)) flowing = this.#output.write(buffer);
    this.#output.uncork();
    if (!flowing) for (const source of this.#sources) source.holdFor(this);
    this.#sources.clear();
  }

  #read(framer: Framer, chunk: Buffer): void {
    if (this.#ended) return;
    try {
      framer.push(chunk, (body) => this.#receive(new Message(body)));
    } catch (error) {
      // Whatever is wrong with a message, it is wrong with this stream: others go on.
      this.#close(error instanceof FramingError ? error : unusable(error));
      this.#input.destroy();
      this.#output.destroy();
    }
  }

  #receive(message: Message): void {
    this.observer?.('in', message, message.seq, message.requestSeq);
    if (message.type !== 'response') {
      if (this.#listener) this.#deliver(message);
      else this.#waiting.push(message);
      return;
    }
    const pending = this.#pending.get(message.requestSeq);
    // A second answer, or one to a request never made, has nowhere to go.
    if (!pending) return;
    this.#pending.delete(message.requestSeq);
    try {
      pending.settle(message);
    } catch (error) {
      // An answer that cannot be read is none.
      pending.settle(undefined);
      throw error;
    }
  }

  #deliver(message: Message): void {
    if (message.type === 'request') this.#listener?.request(message);
    else this.#listener?.event(message);
  }

  #close(reason: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resolveClosed(reason);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { settle } of pending) settle(undefined);
  }
}

/** The same bytes in few buffers, without copying much. */
function joined(parts: readonly Buffer[]): Buffer[] {
  const buffers: Buffer[] = [];
  let short: Buffer[] = [];
  for (const part of parts) {
    if (part.length <= longestCopied) short.push(part);
    else {
      buffers.push(Buffer.concat(short), part);
      short = [];
    }
  }
  if (short.length > 0) buffers.push(Buffer.concat(short));
  return buffers;
}

function unusable(error: unknown): FramingError {
  return new FramingError(`Cannot take a message: ${messageOf(error)}.`, { cause: error });
}
