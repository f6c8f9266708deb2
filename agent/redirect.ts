import type { ClientHttp2Session } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { Connection, type Destinations } from './connection.ts';
import { headers, type AgentConfig } from './protocol.ts';
import { Resets } from './resets.ts';

/** How long nothing new must come before an ending pod stops listening: its endpoint is withdrawn then. */
const quietSeconds = 3;

/** The container's ports: who connects to them, and where it goes. */
export class Redirect implements Destinations {
  readonly holdSeconds: number;
  readonly #config: AgentConfig;
  readonly #connections = new Set<Connection>();
  readonly #servers: Server[] = [];
  #inward: { session: ClientHttp2Session; resets: Resets } | undefined;
  #joining: Promise<void> | undefined;
  #originals: readonly string[] | undefined;
  #ending = false;
  #accepted: () => void = () => undefined;
  #closed: () => void = () => undefined;

  constructor(config: AgentConfig) {
    this.#config = config;
    this.holdSeconds = config.holdSeconds;
  }

  get leaving(): boolean {
    return this.#originals !== undefined;
  }

  get originals(): readonly string[] {
    return this.#originals ?? [];
  }

  get ending(): boolean {
    return this.#ending;
  }

  get state() {
    return {
      joined: this.#servers.length > 0,
      leaving: this.leaving,
      connections: this.#connections.size,
      busy: this.#busy,
    };
  }

  get #busy(): number {
    let busy = 0;
    for (const connection of this.#connections) if (connection.busy) busy += 1;
    return busy;
  }

  local(port: number, peer: string): ReturnType<Destinations['local']> {
    if (!this.#inward) return undefined;
    const { session, resets } = this.#inward;
    if (session.closed || session.destroyed) return undefined;
    const stream = session.request({
      ':method': 'CONNECT',
      ':authority': `localhost:${port}`,
      [headers.peer]: peer,
    });
    return { stream, reset: () => resets.reset(stream) };
  }

  /**
   * From now on connections go to the adapter behind `session`, those that wait for one first. Returns the
   * session they went to until now, if it still lives.
   */
  sendTo(session: ClientHttp2Session): ClientHttp2Session | undefined {
    const previous = this.#inward?.session;
    this.#inward = { session, resets: new Resets(session) };
    session.once('close', () => {
      if (this.#inward?.session === session) this.#inward = undefined;
    });
    this.#route();
    return previous;
  }

  /** Opens the ports, then says that it is ready. Once; also takes a leave back. */
  join(): Promise<void> {
    this.#originals = undefined;
    this.#joining ??= this.#open();
    return this.#joining;
  }

  async #open(): Promise<void> {
    try {
      for (const port of this.#config.ports) {
        this.#servers.push(await listen(port, (socket) => this.#accept(socket, port)));
      }
      this.#servers.push(await listen(this.#config.readinessPort, (socket) => socket.destroy()));
    } catch (error) {
      for (const server of this.#servers.splice(0)) server.close();
      this.#joining = undefined;
      throw error;
    }
  }

  #accept(socket: Socket, port: number): void {
    this.#accepted();
    const connection = new Connection(socket, port, this);
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      this.#closed();
    });
  }

  /**
   * Nothing new goes to the local process; what comes goes to `originals`, and waits while there are none.
   * May be called again with another list. Answers how many connections the local process still serves.
   */
  leave(originals: readonly string[]): { busy: number } {
    this.#originals = originals;
    this.#route();
    return { busy: this.#busy };
  }

  #route(): void {
    for (const connection of this.#connections) connection.route();
  }

  /**
   * The pod is being deleted. Goes on accepting until its endpoint has been withdrawn, as the absence of new
   * connections shows, closes connections between two requests, and gives the rest `drainSeconds`.
   */
  async drain(): Promise<void> {
    if (this.#servers.length === 0) return;
    await this.#quiet();
    for (const server of this.#servers.splice(0)) server.close();
    this.#ending = true;
    for (const connection of this.#connections) connection.retire();
    await this.#emptied();
    for (const connection of this.#connections) connection.reset();
  }

  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      // Nothing tells the pod that its endpoint was withdrawn; and some clients never look at endpoints.
      const quiet = setTimeout(resolve, quietSeconds * 1000);
      setTimeout(resolve, Math.max(this.#config.drainSeconds, quietSeconds) * 1000);
      this.#accepted = () => void quiet.refresh();
    });
  }

  #emptied(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, this.#config.drainSeconds * 1000);
      this.#closed = () => {
        if (this.#connections.size === 0) resolve();
      };
      this.#closed();
    });
  }
}

/** Listens on all addresses; resolves when it does, rejects with the system's error. */
async function listen(port: number, accept: (socket: Socket) => void): Promise<Server> {
  try {
    return await listenOn('::', port, accept);
  } catch (error) {
    // No IPv6 in this pod's kernel.
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return listenOn('0.0.0.0', port, accept);
  }
}

function listenOn(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, accept);
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', reject);
      // Out of file descriptors, say: that connection is lost, the next may succeed.
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}
