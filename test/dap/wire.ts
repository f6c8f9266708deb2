import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Random } from './random.ts';

export type Body = Record<string, unknown> & { type?: string; seq?: number };

/** One message as bytes, header included. */
export function frame(body: string): Buffer {
  return Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** One end of a connection on which bytes are written as they are, and messages are read with a reading of its own. */
export class Wire implements AsyncDisposable {
  readonly socket: Socket;
  /** What came, in order; what is not JSON as its bytes. */
  readonly received: (Body | Buffer)[] = [];
  /** Resolves when the other side has ended the connection. */
  readonly closed: Promise<void>;
  readonly #watchers = new Set<() => void>();
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined); // It is closed, too.
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    void this.closed.then(() => this.#changed());
  }

  static async dial(port: number): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** Writes; resolves when more may be written. */
  async write(bytes: Buffer | string): Promise<void> {
    if (this.socket.destroyed || this.socket.write(bytes)) return;
    const drained = new Promise((resolve) => this.socket.once('drain', resolve));
    await Promise.race([drained, this.closed]);
  }

  /** Writes in pieces that are torn anywhere. */
  async writeTorn(bytes: Buffer, random: Random): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const size = random.one([1, 3, 20, 500, 20_000]);
      await this.write(bytes.subarray(at, at + size));
      if (random.below(3) === 0) await new Promise(setImmediate);
      at += size;
    }
  }

  /** Resolves when as much as `enough` says has come. Rejects when the connection ends first. */
  async until(enough: (received: readonly (Body | Buffer)[]) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (enough(this.received)) resolve();
        else if (this.socket.destroyed) reject(new Error('The connection has been closed.'));
        else return;
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** The messages of a type so far. */
  of(type: 'request' | 'response' | 'event'): Body[] {
    return this.received.filter((body): body is Body => !Buffer.isBuffer(body) && body.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let data = Buffer.concat(this.#chunks);
    this.#needed = 0;
    for (;;) {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) break;
      const header = /^Content-Length: (\d+)$/.exec(data.toString('latin1', 0, end));
      if (!header) throw new Error(`Not DAP: ${data.toString('utf8', 0, 200)}`);
      const to = end + 4 + Number(header[1]);
      if (data.length < to) {
        this.#needed = to;
        break;
      }
      this.received.push(parsed(data.subarray(end + 4, to)));
      data = data.subarray(to);
    }
    this.#chunks = [data];
    this.#held = data.length;
    this.#changed();
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function parsed(bytes: Buffer): Body | Buffer {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Body;
  } catch {
    return bytes;
  }
}

/** A port on which a scripted debug adapter takes one connection after another. */
export async function listening() {
  const server = createServer({ noDelay: true });
  const waiting: Wire[] = [];
  let wanted: ((wire: Wire) => void) | undefined;
  server.on('connection', (socket) => {
    const wire = new Wire(socket);
    if (wanted) wanted(wire);
    else waiting.push(wire);
    wanted = undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** The next connection. */
    accept: (): Promise<Wire> => {
      const wire = waiting.shift();
      return wire ? Promise.resolve(wire) : new Promise((resolve) => (wanted = resolve));
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
