import net from 'node:net';
import { splice } from '../../../agent/splice.ts';
import { serverOptions } from '../services/listening.ts';

/** Connections to `port` of `address`, below 1024, are passed on to port `to` of the same address. */
export interface Relay {
  address: string;
  port: number;
  to: number;
}

/** Listeners below 1024 for an adapter that they cannot be handed over to: the helper passes every connection on. */
export class Relays {
  readonly #to = new Map<string, number>();
  readonly #servers: net.Server[] = [];
  readonly #open = new Set<net.Socket>();

  /** Listens; a port that is listened to already gets the new `to`. Rejects with the system's error (`EADDRINUSE`, …). */
  async add({ address, port, to }: Relay): Promise<void> {
    const key = `${address}:${port}`;
    if (!this.#to.has(key)) await this.#listen(key, address, port);
    this.#to.set(key, to);
  }

  /** Stops listening, and resets what is open. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  #listen(key: string, address: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const server = net.createServer(serverOptions, (socket) => this.#pass(socket, address, key));
      server.once('error', reject);
      server.listen({ host: address, port, backlog: 511 }, () => {
        this.#servers.push(server);
        // A connection that cannot be accepted (no file descriptors left) must not end the helper.
        server.off('error', reject).on('error', () => undefined);
        resolve();
      });
    });
  }

  #pass(socket: net.Socket, host: string, key: string): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    const onward = net.connect({ host, port: this.#to.get(key) ?? 0, ...serverOptions });
    splice(socket, onward, { reset: (stream) => void stream.resetAndDestroy() });
  }
}
