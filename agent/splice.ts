import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const ended = new WeakSet<Duplex>();

/**
 * Calls `then` when `stream` has been read to its end. Not when it was broken off: node:http2 emits `end` then,
 * too, and a body cut short would look whole.
 */
export function onEnd(stream: Duplex, then: () => void): void {
  stream.on('end', () => {
    if (stream.destroyed || (stream as { rstCode?: number }).rstCode) return;
    ended.add(stream);
    then();
  });
}

/** Whether `stream`, watched by `onEnd`, came to its end both ways, as opposed to being broken off. */
export function isComplete(stream: Duplex): boolean {
  return ended.has(stream) && stream.writableFinished && !(stream as { aborted?: boolean }).aborted;
}

/**
 * Resets a stream as HTTP/2's server. Not by `close(code)`, which sends the regular end first: a body cut short
 * would look whole.
 */
export function resetStream(stream: Duplex): void {
  stream.destroy(new Error('The connection was reset.'));
}

/** Whether a tunnel has room for more, beyond what each stream's own flow control says. */
export interface Gate {
  readonly isClosed: boolean;
  /** Calls `send` once, when it has opened. */
  whenOpen(send: () => void): void;
}

/** Writes all that `from` reads to `to`, no faster than `to` and the gate take it, and passes the end on. */
function flow(from: Duplex, to: Duplex, gate?: Gate): void {
  const resume = () => void from.resume();
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
    else if (gate?.isClosed) {
      from.pause();
      gate.whenOpen(resume);
    }
  });
  onEnd(from, () => to.end());
  to.on('drain', () => {
    if (gate?.isClosed) gate.whenOpen(resume);
    else resume();
  });
}

/** How a tunnel's stream is treated. */
export interface StreamOptions<Stream> {
  reset: (stream: Stream) => void;
  /** What the stream's bytes go through on their way out. */
  gate?: Gate | undefined;
}

/**
 * Joins a socket and a tunnel's stream: bytes, half-close and backpressure both ways; when one breaks off, the
 * other is reset. Errors are not events here: a reset is all that a peer of
 * TCP can be told.
 */
export function splice<Stream extends Duplex>(
  socket: Socket,
  stream: Stream,
  { reset, gate }: StreamOptions<Stream>,
): void {
  socket.on('error', () => undefined);
  stream.on('error', () => undefined);
  const streamClosed = () => {
    if (!isComplete(stream)) socket.resetAndDestroy();
  };
  const socketClosed = () => {
    if (!isComplete(socket)) reset(stream);
  };
  // What has happened before does not happen again.
  if (stream.destroyed) streamClosed();
  else stream.on('close', streamClosed);
  if (socket.destroyed) socketClosed();
  else socket.on('close', socketClosed);
  flow(socket, stream, gate);
  flow(stream, socket);
}
