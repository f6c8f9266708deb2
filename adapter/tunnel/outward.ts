import type { ClientHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { isComplete, onEnd, type Gate } from '../../agent/splice.ts';
import { headers } from '../../agent/protocol.ts';

/** A connection into the cluster that could not be made, with the system's `code` as it was met in the pod. */
export class DialError extends Error {
  readonly code: string;

  constructor(authority: string, code: string) {
    super(`Cannot connect to "${authority}" from the pod: ${code}.`);
    this.name = 'DialError';
    this.code = code;
  }
}

/** `host:port`, with an IPv6 address in brackets. */
export function authorityOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Calls `failed` when the agent answers that it could not connect. */
export function onDialFailure(
  stream: ClientHttp2Stream,
  authority: string,
  failed: (error: DialError) => void,
): void {
  stream.once('response', (answer) => {
    if (answer[':status'] === 200) return;
    // Both ends of the stream are to end, or it would stay.
    stream.resume();
    stream.end();
    const code = answer[headers.error];
    failed(new DialError(authority, typeof code === 'string' ? code : 'EIO'));
  });
}

export interface OpenStream {
  stream: ClientHttp2Stream;
  /** What the stream's bytes go through. */
  gate: Gate | undefined;
  reset: () => void;
}

/**
 * A connection into the cluster as a plain stream: errors have a system's `code`, destroying it resets the
 * connection. It can be written to before there is a tunnel: `open` resolves when there is, and until then
 * the bytes wait.
 */
export class OutwardStream extends Duplex {
  readonly #authority: string;
  readonly #open: () => Promise<OpenStream> | OpenStream;
  #opened: OpenStream | undefined;

  constructor(authority: string, open: () => Promise<OpenStream> | OpenStream) {
    super({ allowHalfOpen: true });
    this.#authority = authority;
    this.#open = open;
  }

  override _construct(done: (error?: Error | null) => void): void {
    const use = (opened: OpenStream) => {
      if (this.destroyed) opened.reset();
      else this.#use(opened);
      done();
    };
    try {
      const opened = this.#open();
      if (opened instanceof Promise) opened.then(use, done);
      else use(opened);
    } catch (error) {
      done(error as Error);
    }
  }

  #use(opened: OpenStream): void {
    this.#opened = opened;
    const { stream } = opened;
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    onEnd(stream, () => this.push(null));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (this.destroyed || isComplete(stream)) return;
      const error = new Error(`The connection to "${this.#authority}" was reset.`);
      this.destroy(Object.assign(error, { code: 'ECONNRESET' }));
    });
    onDialFailure(stream, this.#authority, (error) => this.destroy(error));
  }

  override _read(): void {
    this.#opened?.stream.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const opened = this.#opened;
    if (!opened) return;
    const { stream, gate } = opened;
    if (gate?.isClosed) gate.whenOpen(() => stream.write(chunk, encoding, done));
    else stream.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#opened?.stream.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const opened = this.#opened;
    if (opened && !isComplete(opened.stream)) opened.reset();
    done(error);
  }
}
