import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { splice } from '../../../agent/splice.ts';
import { LaunchError, messageOf, systemCode } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Counted } from '../../tunnel/counted.ts';
import { Connections, listen } from './listening.ts';

/** Where connections to a service's port come in: its listener's address, port, and what happens to them. */
export interface Place {
  address: string;
  /** 0: any free one. */
  port: number;
  connections: Connections;
}

/** The way into the cluster. */
export interface Outward {
  /** Opens a stream to a port inside the cluster, at once; a dial that fails destroys it with the error. */
  connect: (host: string, port: number) => Duplex;
  /**
   * Joins a connection to such a port, with less work than `connect` takes; a dial that fails resets it.
   * Default: made of `connect`.
   */
  relay?: (socket: net.Socket, host: string, port: number) => void;
}

/** The listeners of one session. Once closed, those that come up later are closed at once. */
export class Listeners {
  readonly #servers = new Map<net.Server, Connections | undefined>();
  readonly #options: Outward & { log: Log };
  #closed = false;

  constructor(options: Outward & { log: Log }) {
    this.#options = options;
  }

  /**
   * What happens to connections to a port of the service at `target`, wherever that is at the time: each gets a
   * stream of its own. `redirected`: they are made to that port, and arrive at another.
   */
  connectionsTo(
    target: { readonly host: string },
    port: number,
    { redirected = false, counted }: { redirected?: boolean | undefined; counted?: Counted } = {},
  ): Connections {
    return new Connections({
      ...(redirected && { madeTo: port }),
      ...(counted && { counted }),
      relay: (socket) => this.#relay(socket, target.host, port),
      onRefused: (uid) =>
        this.#options.log.write(
          'services',
          `Refused a connection of user ${uid ?? 'unknown'} to ${target.host}:${port}.`,
        ),
    });
  }

  #relay(socket: net.Socket, host: string, port: number): void {
    if (this.#options.relay) this.#options.relay(socket, host, port);
    else splice(socket, this.#options.connect(host, port), { reset: (stream) => void stream.destroy() });
  }

  /**
   * Listens at `place`. Rejects with the system's error when that is taken or not permitted
   * (`EADDRINUSE`, `EACCES`), with LaunchError `listen-failed` otherwise.
   */
  async listen(place: Place): Promise<net.Server> {
    const server = await listen(place.address, place.port, place.connections).catch((error: unknown) => {
      if (['EADDRINUSE', 'EACCES'].includes(systemCode(error) ?? '')) throw error;
      throw cannotListen(place, messageOf(error), error);
    });
    return this.adopt(server, place.connections);
  }

  /** Takes over a server that somebody else bound, and what its connections meet. */
  adopt(server: net.Server, connections?: Connections): net.Server {
    this.#servers.set(server, connections);
    // A connection that cannot be accepted (no file descriptors left) must not end the session.
    server.on('error', (error) => this.#options.log.write('services', messageOf(error)));
    if (this.#closed) server.close();
    return server;
  }

  /** Closes some of the listeners; their open connections stay. Resolves when those have ended. */
  async release(servers: Iterable<net.Server>): Promise<void> {
    await Promise.all(
      [...servers].map(async (server) => {
        await closeServer(server);
        this.#servers.delete(server);
      }),
    );
  }

  /** Closes all listeners and resets their open connections. */
  async close(): Promise<void> {
    this.#closed = true;
    const closing = [...this.#servers.keys()].map(closeServer);
    for (const connections of this.#servers.values()) connections?.close();
    await Promise.all(closing);
  }
}

/** Resolves when nobody is connected any more. */
function closeServer(server: net.Server): Promise<void> {
  // Closing a server that is closed already is what was asked for.
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The error for a listener that could not be had. */
export function cannotListen(
  place: { address: string; port: number },
  reason: string,
  cause?: unknown,
): LaunchError {
  return new LaunchError(
    'listen-failed',
    `Cannot listen on "${place.address}:${place.port}" for a service of the cluster: ${reason}. ` +
      'Set "useKubernetesServiceEnvironmentVariables": true to use free ports of 127.0.0.1 instead.',
    { cause },
  );
}
