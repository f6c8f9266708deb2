import net from 'node:net';
import type { Counted } from '../../tunnel/counted.ts';
import { mayConnect, mustAsk, userOfPeer } from './peer.ts';

/** Options of every server here: half-open connections stay open, small writes leave at once. */
export const serverOptions = { allowHalfOpen: true, noDelay: true } as const;

/**
 * Listens on `address`:`port` (0: any free port) and relays every connection to a stream of its own.
 * Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
 */
export function listen(
  address: string,
  port: number,
  connections: Pick<Connections, 'accept'>,
): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(serverOptions, connections.accept);
    server.once('error', reject);
    server.listen({ host: address, port, backlog: 511 }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** What the connections of a listener meet. */
export interface Treatment {
  /** The port that connections are made to, where the packet filter sends them on to the listener's. */
  madeTo?: number;
  /** Counts the connections. Default: nobody does. */
  counted?: Counted;
  /** Joins a connection to the service; takes it over, its errors included. */
  relay: (socket: net.Socket) => void;
  /** Told when another person's connection was refused. */
  onRefused: (uid: number | undefined) => void;
}

/** The open connections of one service's listeners; closing them resets each. */
export class Connections {
  readonly #open = new Set<net.Socket>();
  readonly #treatment: Treatment;

  constructor(treatment: Treatment) {
    this.#treatment = treatment;
  }

  /** Takes a connection that came in. */
  readonly accept = (socket: net.Socket): void => {
    this.#open.add(socket);
    this.#treatment.counted?.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    if (mustAsk()) void this.#relayIfPermitted(socket);
    else this.#treatment.relay(socket);
  };

  async #relayIfPermitted(socket: net.Socket): Promise<void> {
    const ignored = () => undefined;
    socket.on('error', ignored);
    // A table that cannot be read tells nothing: as if nobody were there.
    const uid = await userOfPeer(socket, this.#treatment.madeTo).catch(() => undefined);
    if (!mayConnect(uid)) {
      this.#treatment.onRefused(uid);
      socket.resetAndDestroy();
    }
    if (socket.destroyed) return;
    this.#treatment.relay(socket);
    socket.off('error', ignored);
  }

  /** Resets what is open. */
  close(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }
}
