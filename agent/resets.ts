import type { ClientHttp2Session, ClientHttp2Stream, ServerHttp2Stream } from 'node:http2';
import { resetStream } from './splice.ts';

/** The request whose body is a list of stream numbers to reset, four bytes each. */
export const resetsPath = '/resets';

/**
 * Resets streams on behalf of the session's client. A client must not send RST_STREAM itself: nghttp2 takes a
 * thousand of them, then more than 33 a second, for an attack and ends the session ("rapid reset",
 * CVE-2023-44487); a client that resets its connections to us would end everybody's. The server may send as many as it
 * likes, so it is asked to.
 */
export class Resets {
  readonly #session: ClientHttp2Session;
  #list: ClientHttp2Stream | undefined;

  constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  /** Has `stream` reset by the other end; what still arrives on it is dropped. */
  reset(stream: ClientHttp2Stream): void {
    if (stream.closed || stream.destroyed) return;
    if (stream.id === undefined || this.#session.destroyed) {
      resetStream(stream);
      return;
    }
    stream.resume();
    if (!this.#list) {
      this.#list = this.#session.request({ ':method': 'POST', ':path': resetsPath });
      this.#list.on('error', () => undefined).resume();
    }
    const id = Buffer.allocUnsafe(4);
    id.writeUInt32BE(stream.id);
    this.#list.write(id);
  }
}

/** Serves `Resets`: reads stream numbers from `list` and resets those still among `streams`. */
export function serveResets(list: ServerHttp2Stream, streams: ReadonlyMap<number, ServerHttp2Stream>): void {
  let rest: Buffer = Buffer.alloc(0);
  list.respond({ ':status': 200 });
  list.on('end', () => list.end());
  list.on('data', (chunk: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (; rest.length >= 4; rest = rest.subarray(4)) {
      const stream = streams.get(rest.readUInt32BE());
      if (stream) resetStream(stream);
    }
  });
}
