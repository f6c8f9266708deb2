import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import { LaunchError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Progress } from '../progress.ts';
import type { UndoStack } from '../undo.ts';
import type { HostsEntry } from './hosts/hostsblock.ts';
import type { Redirect } from './elevated/redirects.ts';
import { wayToAdministrator, without, type Way } from './elevated/ways.ts';
import type { Channel } from './elevated/channel.ts';
import type { Condemned } from './processes/ending.ts';
import type { Occupant } from './processes/occupants.ts';
import type { Reply, Request } from './elevated/protocol.ts';
import { listen, serverOptions } from './services/listening.ts';

export { serveHelper } from './elevated/serve.ts';

export interface AdministratorOptions {
  /** Names the block in the hosts file. */
  session: string;
  /** The script that runs `serveHelper` when its first argument is `helper`. */
  mainScript: string;
  log: Log;
  signal: AbortSignal;
  progress: Progress;
  /** What the rights are for, in words that the prompt is announced with. Default: "to write the hosts file". */
  purpose?: string;
  /** Another hosts file than the system's. */
  hostsFile?: string;
  /** Another way to administrator rights than the system's. */
  way?: Way;
}

/** What a request brought, beyond being done. */
interface Outcome {
  server?: net.Server;
  occupants?: Occupant[];
}

interface Pending {
  server?: net.Server;
  resolve: (outcome: Outcome) => void;
  reject: (error: Error) => void;
}

/** The helper process with administrator rights: the few things it can do, asked for from here. */
export class Administrator implements AsyncDisposable {
  readonly #channel: Channel;
  readonly #aliases: boolean;
  readonly #pending = new Map<number, Pending>();
  readonly #gone: Promise<void>;
  #lastId = 0;

  private constructor(channel: Channel, aliases: boolean, log: Log) {
    this.#channel = channel;
    this.#aliases = aliases;
    channel.onMessage((message, listener) => this.#take(message as Reply, listener));
    this.#gone = channel.closed.then(() => {
      log.write('helper', 'The channel to the helper has closed.');
      for (const { reject } of this.#pending.values()) reject(lost());
      this.#pending.clear();
    });
  }

  /**
   * Starts the helper with the system's own prompt where it needs one.
   * @throws LaunchError `administrator-refused`, `machine-unsupported`, or the signal's reason.
   */
  static async start(options: AdministratorOptions): Promise<Administrator> {
    options.signal.throwIfAborted();
    const { purpose = 'to write the hosts file' } = options;
    const { signal, log } = options;
    const way = options.way ?? (await wayToAdministrator());
    // A step, so that editors show it where the user looks when the system's prompt comes up.
    if (way.prompts)
      options.progress.step(
        `Administrator rights are needed ${purpose}: your system asks for them now (${way.name})`,
      );
    log.write('helper', `Starting the helper as ${way.name}.`);
    const hosts = options.hostsFile === undefined ? [] : ['--hosts', options.hostsFile];
    const helper = [process.execPath, options.mainScript, 'helper', '--session', options.session, ...hosts];
    try {
      const channel = await way.open(helper, { session: options.session, purpose, log, signal });
      return new Administrator(channel, way.aliases, log);
    } catch (error) {
      signal.throwIfAborted();
      throw refused(way, purpose, error);
    }
  }

  /**
   * Replaces the session's entries in the hosts file; none: removes them and the session's redirects, also
   * those that an earlier helper left. Rejects with LaunchError `hosts-unwritable`.
   */
  async writeHosts(entries: HostsEntry[]): Promise<void> {
    try {
      await this.#ask({ operation: 'hosts', entries });
    } catch (error) {
      throw new LaunchError('hosts-unwritable', messageOf(error), { cause: error });
    }
  }

  /**
   * Has connections of this machine to ports of services' addresses arrive at other ports of the same address,
   * instead of what was redirected before. To be asked for after the names were written: a block in the hosts
   * file is what tells that a dead session has something to undo. Rejects where no packet filter can be used.
   */
  async redirect(redirects: Redirect[]): Promise<void> {
    await this.#ask({ operation: 'redirect', redirects });
  }

  /** Has these folders of the session removed, should this process be killed: by name and owner they are its. */
  async removeAtEnd(folders: string[]): Promise<void> {
    await this.#ask({ operation: 'folders', folders });
  }

  /**
   * Has this machine have these addresses of services until the end, where it has not all of 127.0.0.0/8 anyway.
   * Rejects with LaunchError `listen-failed`.
   */
  async haveAddresses(addresses: string[]): Promise<void> {
    if (!this.#aliases || addresses.length === 0) return;
    try {
      await this.#ask({ operation: 'aliases', addresses });
    } catch (error) {
      const message = `Cannot add addresses for services to the loopback interface: ${messageOf(error)}. ${without}`;
      throw new LaunchError('listen-failed', message, { cause: error });
    }
  }

  /**
   * Listens on a port below 1024 of a service's address. The helper binds it and hands the listener over: no
   * connection passes through it, and closing is up to the caller. Where nothing can be handed over, it passes
   * connections on to a listener of ours on another port; once that is closed, it resets them. Rejects with the
   * system's error.
   */
  async bind(address: string, port: number, onConnection: (socket: net.Socket) => void): Promise<net.Server> {
    if (!this.#channel.handsOver) return this.#bindBehind(address, port, onConnection);
    const { server } = await this.#ask({ operation: 'listen', address, port });
    if (!server) throw new Error(`Cannot listen on "${address}:${port}": the helper handed nothing over.`);
    return Object.assign(server, serverOptions).on('connection', onConnection);
  }

  async #bindBehind(
    address: string,
    port: number,
    accept: (socket: net.Socket) => void,
  ): Promise<net.Server> {
    const server = await listen(address, 0, { accept });
    try {
      const { port: to } = server.address() as AddressInfo;
      await this.#ask({ operation: 'relay', address, port, to });
      return server;
    } catch (error) {
      server.close();
      throw error;
    }
  }

  /** Who listens on `ports`, as `occupantsOf` tells it to those who see all processes. */
  async occupantsOf(ports: number[]): Promise<Occupant[]> {
    const { occupants = [] } = await this.#ask({ operation: 'occupants', ports });
    return occupants;
  }

  /** Ends another user's process that listens on a port: see `endHolder`. */
  async end({ identity, ports, withService }: Condemned): Promise<void> {
    await this.#ask({ operation: 'end', ...identity, ports: [...ports], withService });
  }

  /** Has everything undone, and waits for the helper to end. Never rejects: a helper that is gone undid it. */
  async close(): Promise<void> {
    if (this.#channel.isOpen) await this.#ask({ operation: 'close' }).catch(() => undefined);
    this.#channel.close();
    await this.#gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask(request: Request): Promise<Outcome> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (!this.#channel.isOpen) {
        reject(lost());
        return;
      }
      this.#pending.set(id, { resolve, reject });
      void this.#channel.send({ id, ...request });
    });
  }

  #take(reply: Reply, listener: net.Server | undefined): void {
    if ('ready' in reply) return;
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if ('handed' in reply) {
      if (listener) pending.server = listener;
      return;
    }
    this.#pending.delete(reply.id);
    const { server } = pending;
    if (reply.ok) pending.resolve({ ...(server && { server }), ...reply });
    else pending.reject(Object.assign(new Error(reply.message), reply.code && { code: reply.code }));
  }
}

/**
 * One helper for all who need one: it is started when the first asks, whose `purpose` the prompt is announced with. Its
 * end is pushed on `undo`.
 */
export function onDemand(
  options: AdministratorOptions,
  undo: UndoStack,
): (purpose?: string) => Promise<Administrator> {
  let started: Promise<Administrator> | undefined;
  const start = async (purpose: string | undefined) => {
    const administrator = await Administrator.start({ ...options, ...(purpose && { purpose }) });
    undo.push('end the helper', () => administrator.close());
    return administrator;
  };
  return (purpose) => (started ??= start(purpose));
}

function refused(way: Way, purpose: string, cause: unknown): LaunchError {
  const advice = way.advice === undefined ? '' : `${way.advice} `;
  return new LaunchError(
    'administrator-refused',
    `Cannot get administrator rights ${purpose} with "${way.name}": ${messageOf(cause)}. ${advice}${without}`,
    { attribute: 'useKubernetesServiceEnvironmentVariables', cause },
  );
}

function lost(): LaunchError {
  return new LaunchError(
    'hosts-unwritable',
    `Cannot reach the helper with administrator rights: it has ended, and undone what it did. Start the session again. ${without}`,
  );
}
