import { EventEmitter } from 'node:events';
import type { ClientHttp2Session, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { VolumeRequest, VolumeState } from '../../agent/frames.ts';
import type { PodSight } from '../../agent/protocol.ts';
import { Resets } from '../../agent/resets.ts';
import { splice } from '../../agent/splice.ts';
import { LaunchError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { serveInward, type Accept } from './inward.ts';
import { beginClient, beginServer, Link } from './link.ts';
import { authorityOf, onDialFailure, OutwardStream, type OpenStream } from './outward.ts';
import type { Transport } from './transport.ts';
import { ask, type Question } from './ask.ts';
import { openVolume, watchVolumes, type Volume } from './volume.ts';

/** As it travels, no variable is undefined. */
type Pod = PodSight & { environment: Record<string, string> };

export interface TunnelOptions {
  /** Opens a fresh byte stream to the agent's control port. An error that is `fatal` ends the tunnel. */
  open: (signal: AbortSignal) => Promise<Duplex>;
  token: string;
  /** How long connections wait while the tunnel is being rebuilt, in seconds. */
  holdSeconds: number;
  /**
   * A connection the agent accepted on `remotePort`: resolves with the connected local socket, rejects to
   * refuse it. `signal` aborts when the client has gone. Absent: outward only.
   */
  accept?: Accept;
  log: Log;
}

interface TunnelEvents {
  /** A session broke; it is being made again. */
  lost: [Error];
  /** Everything is up again. */
  ready: [];
  /** The end: by `close()` without, for good with an error. */
  closed: [Error?];
}

/** Both ways between this machine and the agent, over one HTTP/2 session each. */
export class Tunnel extends EventEmitter<TunnelEvents> implements AsyncDisposable {
  readonly #options: TunnelOptions;
  readonly #outward: Link<ClientHttp2Session>;
  readonly #inward: Link<ServerHttp2Session> | undefined;
  readonly #counters = { inward: 0, outward: 0, inwardTotal: 0, outwardTotal: 0 };
  #resets: Resets | undefined;
  #state: 'opening' | 'ready' | 'lost' | 'closed' = 'opening';

  /**
   * Opens both sessions; tries again until `signal` aborts: the agent may be starting. Rejects with a
   * `LaunchError` whose cause is the last failure.
   */
  static async open(options: TunnelOptions, signal: AbortSignal): Promise<Tunnel> {
    const tunnel = new Tunnel(options);
    try {
      await Promise.all([tunnel.#outward.start(signal), tunnel.#inward?.start(signal)]);
    } catch (error) {
      await tunnel.close();
      throw new LaunchError(
        'tunnel-failed',
        `Cannot open the tunnel to the agent: ${messageOf(error)} Its pod's log may say more.`,
        { cause: error },
      );
    }
    tunnel.#state = 'ready';
    return tunnel;
  }

  private constructor(options: TunnelOptions) {
    super();
    // Each connection that waits for the tunnel listens.
    this.setMaxListeners(0);
    this.#options = options;
    const { open, token, log, accept } = options;
    this.#outward = this.#watch(new Link({ role: 'outward', open, begin: beginClient, token, log }));
    this.#outward.on('up', (session) => (this.#resets = new Resets(session)));
    if (!accept) return;
    const counted: Accept = async (port, signal) => this.#count('inward', await accept(port, signal));
    const begin = (transport: Transport) => {
      const session = beginServer(transport);
      serveInward(session, transport, counted);
      return session;
    };
    this.#inward = this.#watch(new Link({ role: 'inward', open, begin, token, log }));
  }

  #watch<Each extends Link<ClientHttp2Session> | Link<ServerHttp2Session>>(link: Each): Each {
    link.on('down', (error: Error) => {
      this.#options.log.write('tunnel', `lost: ${error.message}`);
      if (this.#state !== 'ready') return;
      this.#state = 'lost';
      this.emit('lost', error);
    });
    link.on('up', () => {
      if (this.#state !== 'lost' || !this.#outward.session) return;
      if (this.#inward && !this.#inward.session) return;
      this.#state = 'ready';
      this.#options.log.write('tunnel', 'ready again');
      this.emit('ready');
    });
    link.on('failed', (error: Error) => void this.#end(error));
    return link;
  }

  /** What it is doing; `lost`: a session broke and is being made again. */
  get state(): 'opening' | 'ready' | 'lost' | 'closed' {
    return this.#state;
  }

  /** Connections open at present, and ever made. */
  get counters(): Readonly<{ inward: number; outward: number; inwardTotal: number; outwardTotal: number }> {
    return this.#counters;
  }

  /** Round-trip time to the agent, in milliseconds. */
  get rttMs(): number {
    return this.#outward.rttMs;
  }

  /**
   * A connection from the pod to `host:port`. Returns at once and can be written to at once; while the tunnel is
   * being rebuilt it waits up to `holdSeconds`. Ends with an error that has the `code` met in the pod
   * (ECONNREFUSED, ENOTFOUND, …), ECONNRESET when it was reset.
   */
  connect(host: string, port: number): Duplex {
    const authority = authorityOf(host, port);
    const stream = new OutwardStream(authority, () => {
      const session = this.#outward.session;
      return session ? this.#request(session, authority) : this.#requestLater(authority);
    });
    return this.#count('outward', stream);
  }

  /**
   * Joins `socket` to `host:port` as seen from the pod: the same as piping it to and
   * from `connect()`, with less work for each byte. A connection that cannot be made resets the socket.
   */
  relay(socket: Socket, host: string, port: number): void {
    socket.setNoDelay(true);
    socket.allowHalfOpen = true;
    const session = this.#outward.session;
    if (!session) {
      splice(socket, this.connect(host, port), { reset: (stream) => void stream.destroy() });
      return;
    }
    const authority = authorityOf(host, port);
    const { stream, gate, reset } = this.#request(session, authority);
    onDialFailure(stream, authority, () => void socket.resetAndDestroy());
    splice(socket, this.#count('outward', stream), { reset, gate });
  }

  #request(session: ClientHttp2Session, authority: string): OpenStream {
    const stream = session.request({ ':method': 'CONNECT', ':authority': authority });
    stream.on('error', () => undefined);
    const resets = this.#resets;
    return { stream, gate: this.#outward.transport, reset: () => resets?.reset(stream) };
  }

  async #requestLater(authority: string): Promise<OpenStream> {
    return this.#request(await this.#whenUp(), authority);
  }

  /** The outward session, waited for up to `holdSeconds`, or as long as it takes. */
  async #whenUp(signal?: AbortSignal, patience?: 'endless'): Promise<ClientHttp2Session> {
    signal?.throwIfAborted();
    const present = this.#outward.session;
    if (present && !present.destroyed) return present;
    if (this.#state === 'closed') throw new Error('Cannot reach the agent: the tunnel is closed.');
    const { holdSeconds } = this.#options;
    return new Promise((resolve, reject) => {
      const up = (session: ClientHttp2Session) => settle(() => resolve(session));
      const closed = () => settle(() => reject(new Error('Cannot reach the agent: the tunnel is closed.')));
      const abort = () => settle(() => reject(new Error('Cannot reach the agent: cancelled.')));
      const tooLate = () => {
        const error = new Error(`Cannot reach the agent: the tunnel was down for ${holdSeconds} seconds.`);
        settle(() => reject(Object.assign(error, { code: 'ETIMEDOUT' })));
      };
      const late = patience === 'endless' ? undefined : setTimeout(tooLate, holdSeconds * 1000);
      const settle = (then: () => void) => {
        clearTimeout(late);
        this.#outward.off('up', up);
        this.off('closed', closed);
        signal?.removeEventListener('abort', abort);
        then();
      };
      this.#outward.once('up', up);
      this.once('closed', closed);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** What the pod is like from inside: its environment variables, and how it looks names up. */
  async pod(signal?: AbortSignal): Promise<Pod> {
    return (await this.#ask({ method: 'GET', path: '/pod' }, signal)) as Pod;
  }

  /** Begins to read a volume that is mounted in the agent's container. It holds secrets: never to be logged. */
  async volume(request: VolumeRequest, signal: AbortSignal): Promise<Volume> {
    return openVolume(await this.#whenUp(signal), request, signal);
  }

  /**
   * Calls `tell` with the state of each volume at these paths: now, at every change, and after the tunnel was
   * rebuilt. Rejects with the signal's reason, or when the tunnel is closed.
   */
  async volumeChanges(
    paths: readonly string[],
    tell: (state: VolumeState) => void,
    signal: AbortSignal,
  ): Promise<never> {
    for (;;) {
      const session = await this.#whenUp(signal, 'endless');
      try {
        await watchVolumes(session, paths, { tell, signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!session.destroyed) throw error;
      }
    }
  }

  /** Has the agent open the target's ports and become ready. Rejects with the system's `code`. */
  async join(signal?: AbortSignal): Promise<void> {
    await this.#ask({ method: 'POST', path: '/join' }, signal);
  }

  /**
   * From now on nothing new comes here: it goes to the pods at `originals`, or waits while there are none. May
   * be repeated with another list. Answers how many connections are still in use here.
   */
  async leave(originals: readonly string[], signal?: AbortSignal): Promise<{ busy: number }> {
    const question = { method: 'POST', path: '/leave', body: JSON.stringify({ originals }) } as const;
    return (await this.#ask(question, signal)) as { busy: number };
  }

  /** All requests may be repeated: one whose session broke is asked again on the next. */
  async #ask(question: Question, signal?: AbortSignal): Promise<unknown> {
    for (;;) {
      signal?.throwIfAborted();
      const session = await this.#whenUp(signal);
      try {
        return await ask(session, question, signal);
      } catch (error) {
        if (!session.destroyed || signal?.aborted) throw error;
      }
    }
  }

  #count<Each extends Duplex>(way: 'inward' | 'outward', stream: Each): Each {
    this.#counters[way] += 1;
    this.#counters[`${way}Total`] += 1;
    stream.once('close', () => (this.#counters[way] -= 1));
    return stream;
  }

  /** Ends both sessions, and with them all connections. */
  close(): Promise<void> {
    return this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(error?: Error): Promise<void> {
    const first = this.#state !== 'closed';
    this.#state = 'closed';
    await Promise.all([this.#outward.close(), this.#inward?.close()]);
    if (first) this.emit('closed', ...(error ? [error] : []));
  }
}
