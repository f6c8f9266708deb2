import type { Socket } from 'node:net';

/** What has gone over some connections of this machine. */
export interface Traffic {
  /** Connections open at present, and ever made. */
  open: number;
  total: number;
  /** Bytes that came from the cluster, and that went there. */
  received: number;
  sent: number;
}

/** Counts connections and their bytes by what their sockets know of themselves: it costs no byte anything. */
export class Counted {
  readonly #open = new Set<Socket>();
  #total = 0;
  #received = 0;
  #sent = 0;

  /** Counts a socket on this machine that is one end of a connection with the cluster. Returns it. */
  add(socket: Socket): Socket {
    this.#total += 1;
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#received += socket.bytesWritten;
      this.#sent += socket.bytesRead;
    });
    return socket;
  }

  get traffic(): Traffic {
    let received = this.#received;
    let sent = this.#sent;
    for (const socket of this.#open) {
      received += socket.bytesWritten;
      sent += socket.bytesRead;
    }
    return { open: this.#open.size, total: this.#total, received, sent };
  }
}
