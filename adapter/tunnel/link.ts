import { EventEmitter } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { heartbeat } from '../../agent/heartbeat.ts';
import { preface, refusals, sessionOptions, widen, type Refusal, type Role } from '../../agent/protocol.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { Transport } from './transport.ts';

export interface LinkOptions<Session extends Http2Session> {
  role: Role;
  open: (signal: AbortSignal) => Promise<Duplex>;
  /** Makes the HTTP/2 session of a byte stream: as the client, or as the server. */
  begin: (transport: Transport) => Session;
  token: string;
  log: Log;
}

/** Makes HTTP/2's client of `bytes`. */
export function beginClient(bytes: Duplex): ClientHttp2Session {
  return connect('http://agent', { ...sessionOptions, createConnection: () => bytes });
}

/** Makes HTTP/2's server of `bytes`. */
export function beginServer(bytes: Duplex): ServerHttp2Session {
  // Never listens: it makes a session of the stream it is given.
  const server = createServer(sessionOptions);
  let session: ServerHttp2Session | undefined;
  server.once('session', (made) => (session = made));
  server.emit('connection', bytes);
  if (!session) throw new Error('Cannot begin an HTTP/2 session: the stream is closed.');
  return session;
}

/** An error after which trying again is useless says so itself. */
function isFatal(error: unknown): boolean {
  return (error as { fatal?: unknown } | null)?.fatal === true;
}

const firstPauseMs = 100;
/** While the agent starts, somebody waits for it; later, the network may be away for hours. */
const longestPauseMs = { start: 250, again: 2000 };

/**
 * One HTTP/2 session with the agent, made again whenever it breaks. Events: `up` (session), `down` (error) once
 * for each session that broke, `failed` (error) when no other can be made.
 */
export class Link<Session extends Http2Session> extends EventEmitter<{
  up: [Session];
  down: [Error];
  failed: [Error];
}> {
  readonly #options: LinkOptions<Session>;
  readonly #stop = new AbortController();
  readonly #transports = new WeakMap<Session, Transport>();
  #session: Session | undefined;
  #rttMs = 0;

  constructor(options: LinkOptions<Session>) {
    super();
    // Each connection that waits for the session listens.
    this.setMaxListeners(0);
    this.#options = options;
  }

  /** The session, while there is one. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** What the session's bytes go through. */
  get transport(): Transport | undefined {
    return this.#session && this.#transports.get(this.#session);
  }

  /** Round-trip time of the last PING, in milliseconds. */
  get rttMs(): number {
    return this.#rttMs;
  }

  /** Makes the first session; tries until `signal` aborts or the agent refuses for good. */
  async start(signal: AbortSignal): Promise<void> {
    const session = await this.#connect('start', AbortSignal.any([signal, this.#stop.signal]));
    if (this.#stop.signal.aborted) session.destroy();
    else this.#use(session);
  }

  /** Ends the session; resolves when its byte stream is closed. No other is made. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('The tunnel was closed.'));
    const session = this.#session;
    if (!session || session.destroyed) return;
    await new Promise<void>((resolve) => {
      session.once('close', resolve);
      session.destroy();
    });
  }

  /** Tries again with growing pauses: nothing announces that the way is back. */
  async #connect(when: 'start' | 'again', signal: AbortSignal): Promise<Session> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs[when])) {
      let failure: unknown;
      try {
        signal.throwIfAborted();
        return await this.#attempt(signal);
      } catch (error) {
        if (isFatal(error)) throw error;
        failure = error;
      }
      this.#options.log.write('tunnel', `${this.#options.role}: ${messageOf(failure)}`);
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      // The last failure says more than that time is up.
      if (signal.aborted) throw failure;
    }
  }

  async #attempt(signal: AbortSignal): Promise<Session> {
    const { role, token, open, begin } = this.#options;
    const transport = new Transport(await open(signal));
    transport.on('error', () => undefined);
    transport.write(preface(role, token));
    const session = begin(transport);
    this.#transports.set(session, transport);
    heartbeat(session, { heard: (rttMs) => (this.#rttMs = rttMs) });
    await settled(session, signal);
    widen(session);
    return session;
  }

  #use(session: Session): void {
    this.#session = session;
    let failure: Error | undefined;
    session.on('error', (error: Error) => (failure ??= error));
    session.on('goaway', (_code, _last, words) => (failure ??= refusedBy(words)));
    session.once('close', () => {
      this.#session = undefined;
      if (!this.#stop.signal.aborted) this.#lost(failure ?? new Error('The connection was closed.'));
    });
    this.emit('up', session);
  }

  #lost(error: Error): void {
    this.emit('down', error);
    if (isFatal(error)) {
      this.emit('failed', error);
      return;
    }
    this.#connect('again', this.#stop.signal).then(
      (session) => {
        if (this.#stop.signal.aborted) session.destroy();
        else this.#use(session);
      },
      (reason: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.emit('failed', reason instanceof Error ? reason : new Error(String(reason)));
      },
    );
  }
}

/** Resolves when the other end has sent its settings: it accepted us. */
function settled(session: Http2Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    const abort = () => session.destroy();
    signal.addEventListener('abort', abort, { once: true });
    session.on('error', (error: Error) => (failure ??= error));
    session.on('goaway', (_code, _last, words) => (failure = refusedBy(words) ?? failure));
    session.once('remoteSettings', () => {
      // A refusal follows at once, in the same bytes.
      setImmediate(() => {
        signal.removeEventListener('abort', abort);
        if (failure) session.destroy();
        else if (!session.destroyed) resolve();
      });
    });
    session.once('close', () => {
      signal.removeEventListener('abort', abort);
      reject(failure ?? new Error('The agent closed the connection.'));
    });
    if (signal.aborted) abort();
  });
}

/** What a GOAWAY of the agent means, if it is one of its refusals. */
function refusedBy(words: NodeJS.ArrayBufferView | undefined): Error | undefined {
  const reason = words ? Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString() : '';
  if (!(reason in refusals)) return undefined;
  return Object.assign(new Error(`The agent refused the connection: ${refusals[reason as Refusal]}.`), {
    fatal: true,
    reason,
  });
}
