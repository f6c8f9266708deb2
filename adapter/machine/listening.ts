import net from 'node:net';
import type { Duplex } from 'node:stream';
import { mayConnect, userOfPeer } from './peer.ts';
import type { Relay } from './relay.ts';

/** What happens to the connections of a listener. */
export interface Dialling {
  /** Opens the stream to the service. */
  dial: () => Duplex;
  relay: Relay;
  /** Told when another user's connection was refused. */
  onRefused: (uid: number) => void;
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
    // Until the relay takes over; after that it has its own.
    socket.on('error', () => undefined);
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    if (remotePort === undefined || !remoteAddress || localPort === undefined || !localAddress) {
      socket.destroy();
      return;
    }
    const stream = this.#dialling.dial();
    const resetMeanwhile = () => socket.resetAndDestroy();
    stream.once('error', resetMeanwhile);
    void userOfPeer({ remoteAddress, remotePort, localAddress, localPort })
      // An unreadable table tells nothing about anybody.
      .catch(() => undefined)
      .then((uid) => {
        if (uid !== undefined && !mayConnect(uid)) {
          this.#dialling.onRefused(uid);
          socket.resetAndDestroy();
        }
        if (socket.destroyed || stream.destroyed) {
          socket.resetAndDestroy();
          stream.on('error', () => undefined).destroy();
          return;
        }
        this.#dialling.relay(socket, stream);
        stream.off('error', resetMeanwhile);
      });
  };

  /** Resets what is open. */
  close(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }
}
