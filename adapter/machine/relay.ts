import type net from 'node:net';
import type { Duplex } from 'node:stream';

/** Connects a local connection with its stream through the tunnel, both ways, until both are closed. */
export type Relay = (socket: net.Socket, stream: Duplex) => void;

/**
 * Half-close stays half-close, backpressure goes through, and a side that breaks off breaks the other off:
 * the local connection by a reset, the stream with the error.
 */
export const relay: Relay = (socket, stream) => {
  socket.pipe(stream);
  stream.pipe(socket);
  const reset = () => socket.resetAndDestroy();
  stream.on('error', reset);
  stream.on('close', () => {
    // Closed without its end having come: a reset on the other side.
    if (!stream.readableEnded) reset();
  });
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => {
    if (!stream.destroyed && !(socket.readableEnded && socket.writableFinished)) stream.destroy();
  });
};
