import { Duplex } from 'node:stream';
import type { Gate } from '../../agent/splice.ts';

/** More than this on its way out closes the gate, in bytes: what comes after it would wait too long. */
const mostQueued = 1024 * 1024;

/**
 * The bytes below an HTTP/2 session, which takes every write at once.
 *
 * While a write of its own is under way, node:http2 reads nothing (node_http2.cc, `MaybeStopReading`). With one at
 * each end, and both directions busy, both wait for ever for the other to read. So this end never has one; what
 * is not sent yet is queued here, and those who have more to send ask the gate first.
 */
export class Transport extends Duplex implements Gate {
  readonly #bytes: Duplex;
  #waiting: (() => void)[] = [];

  constructor(bytes: Duplex) {
    super({ readableHighWaterMark: 1024 * 1024, writableHighWaterMark: 1024 * 1024 });
    this.#bytes = bytes;
    bytes.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) bytes.pause();
    });
    // The end of one direction is the end. Passed on as such, node:http2 would half-close, and trip over an
    // assertion of its own when it then has something to say (js_stream_socket.js, `doWrite`). What was read just
    // before, which may be the agent's reason, is on its way to the session: let it arrive.
    bytes.on('end', () => setImmediate(() => this.destroy()));
    bytes.on('error', (error) => this.destroy(error));
    bytes.on('close', () => this.destroy());
    bytes.on('drain', () => {
      for (const send of this.#waiting.splice(0)) send();
    });
  }

  get isClosed(): boolean {
    return this.#bytes.writableLength > mostQueued;
  }

  whenOpen(send: () => void): void {
    this.#waiting.push(send);
  }

  override _read(): void {
    this.#bytes.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#bytes.write(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: () => void): void {
    this.#bytes.cork();
    for (const { chunk } of chunks) this.#bytes.write(chunk);
    this.#bytes.uncork();
    done();
  }

  override _final(done: () => void): void {
    this.#bytes.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#waiting = [];
    this.#bytes.destroy();
    done(error);
  }
}
