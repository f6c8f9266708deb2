import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to the API server that can be cut, as a restart of it or of a network cuts it. */
export class Way {
  readonly #sockets = new Set<Socket>();
  readonly #to: URL;
  #server = createServer();
  port = 0;

  constructor(to: string) {
    this.#to = new URL(to);
  }

  /** From now on connections get through; the port stays the same. */
  async open(): Promise<void> {
    this.#server = createServer((socket) => {
      const onward = connect(Number(this.#to.port), this.#to.hostname);
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => this.#sockets.delete(one));
        one.pipe(other);
      }
    });
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Resets all connections and refuses new ones. */
  async cut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }
}
