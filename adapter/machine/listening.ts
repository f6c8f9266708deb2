import net from 'node:net';
import type { Duplex } from 'node:stream';
import { splice } from '../../agent/splice.ts';
import { mayConnect, mustAsk, userOfPeer } from './peer.ts';

/** What happens to the connections of a listener. */
export interface Dialling {
  /** Opens the stream to the service. */
  dial: () => Duplex;
  /** Told when another user's connection was refused. */
  onRefused: (uid: number | undefined) => void;
}

/** Options of every server here: half-open connections stay open, small writes leave at once. */
export const serverOptions = { allowHalfOpen: true, noDelay: true } as const;

/**
 * Listens on `address`:`port` (0: any free port) and relays every connection to a stream of its own.
 * Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
 */
export function listen(address: string, port: number, connections: Connections): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(serverOptions, connections.accept);
    server.once('error', reject);
    server.listen({ host: address, port, backlog: 511 }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** The open connections of one service's listeners; closing them resets each. */
export class Connections {
  readonly #open = new Set<net.Socket>();
  readonly #dialling: Dialling;

  constructor(dialling: Dialling) {
    this.#dialling = dialling;
  }

  /** Takes a connection that came in. The stream is dialled while the system is asked who it is. */
  readonly accept = (socket: net.Socket): void => {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    const stream = this.#dialling.dial();
    if (mustAsk()) void this.#relayIfPermitted(socket, stream);
    else relay(socket, stream);
  };

  async #relayIfPermitted(socket: net.Socket, stream: Duplex): Promise<void> {
    // Until the relay takes over; after that it has its own.
    const reset = () => socket.resetAndDestroy();
    socket.on('error', reset);
    stream.on('error', reset);
    const uid = await userOfPeer(socket);
    if (!mayConnect(uid)) {
      this.#dialling.onRefused(uid);
      reset();
    }
    if (socket.destroyed || stream.destroyed) {
      reset();
      stream.destroy();
      return;
    }
    relay(socket, stream);
    socket.off('error', reset);
    stream.off('error', reset);
  }

  /** Resets what is open. */
  close(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }
}

/** Destroying the stream resets it: what has ended both ways is not destroyed any more. */
function relay(socket: net.Socket, stream: Duplex): void {
  splice(socket, stream, (broken) => broken.destroy());
}
