import { connect, type Socket } from 'node:net';
import type { ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { beginsRequest, closeAfter, Exchange } from './http1.ts';
import { isComplete, onEnd } from './splice.ts';

/** Where connections can go at present; the same for all of them. */
export interface Destinations {
  /** Opens a stream to the local process, or `undefined` while nobody is connected. */
  local(port: number, peer: string): { stream: ClientHttp2Stream; reset: () => void } | undefined;
  /**
   * Addresses of the pods that serve again, `address:port` where the port is another one; while leaving. May be
   * empty: they are still starting.
   */
  readonly originals: readonly string[];
  /** From now on nothing new goes to the local process. */
  readonly leaving: boolean;
  /** The pod ends: no connection is kept for a later request. */
  readonly ending: boolean;
  readonly holdSeconds: number;
}

/** More than this is not read from a client that nobody answers yet, in bytes. */
const mostKept = 64 * 1024;

/**
 * - held: nobody to connect to yet; what the client sends is kept
 * - offered: on its way to the local process, which has not accepted it; kept too, for another destination
 * - local: with the local process
 * - resting: between two HTTP/1 requests, the local process gone; the next request goes to an original
 * - dialling: on its way to an original
 * - original: with an original
 */
type State = 'held' | 'offered' | 'local' | 'resting' | 'dialling' | 'original' | 'closed';

/** One connection that a client in the cluster made to the pod. */
export class Connection {
  readonly #client: Socket;
  readonly #port: number;
  readonly #destinations: Destinations;
  readonly #exchange = new Exchange();
  #state: State = 'held';
  #up: { duplex: Duplex; reset: () => void } | undefined;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #clientEnded = false;
  /** What an original is to be told has begun, but its head is incomplete. */
  #rewriting = false;
  #holdTimer: NodeJS.Timeout | undefined;

  constructor(client: Socket, port: number, destinations: Destinations) {
    this.#client = client;
    this.#port = port;
    this.#destinations = destinations;
    client.on('error', () => undefined);
    client.on('data', (chunk: Buffer) => this.#clientSent(chunk));
    onEnd(client, () => this.#clientEnds());
    client.on('drain', () => this.#up?.duplex.resume());
    client.on('close', () => this.#clientClosed());
    this.route();
  }

  /** Still needed by the local process: it would be broken off if that ended now. */
  get busy(): boolean {
    return (
      this.#state === 'offered' ||
      (this.#state === 'local' && !this.#exchange.idle && !this.#exchange.untouched)
    );
  }

  /** Sends the connection where it belongs now: called when that may have changed. */
  route(): void {
    const { leaving } = this.#destinations;
    switch (this.#state) {
      case 'held':
        if (leaving) this.#toOriginal();
        else this.#toLocal();
        break;
      case 'offered':
        if (leaving) this.#move();
        break;
      case 'local':
        // The client has not said a word and heard none: another server is as good.
        if (leaving && this.#exchange.untouched) this.#move();
        break;
      default:
        break;
    }
  }

  /** Closes the connection if it is between two requests. */
  retire(): void {
    const idle = this.#state === 'local' && (this.#exchange.idle || this.#exchange.untouched);
    if (!idle && this.#state !== 'resting') return;
    this.#letGo();
    this.#client.destroySoon();
  }

  /** Breaks the connection off. */
  reset(): void {
    this.#client.resetAndDestroy();
  }

  #toLocal(): void {
    const { remoteAddress, remotePort } = this.#client;
    const offer = this.#destinations.local(this.#port, `${remoteAddress ?? ''}:${remotePort ?? 0}`);
    if (!offer) {
      this.#hold();
      return;
    }
    const { stream, reset } = offer;
    this.#state = 'offered';
    this.#attach(stream, reset);
    stream.on('response', (answer) => {
      if (this.#up?.duplex !== stream) return;
      if (answer[':status'] === 200) this.#accepted();
      else {
        // Both ends of the stream are to end, or it would stay.
        stream.end();
        this.reset();
      }
    });
    for (const chunk of this.#kept) {
      this.#exchange.fromClient(chunk);
      stream.write(chunk);
    }
    if (this.#clientEnded) stream.end();
  }

  #accepted(): void {
    this.#state = 'local';
    this.#forget();
    this.#client.resume();
  }

  /** Waits for a destination: for the local process a while, for an original as long as the client does. */
  #hold(): void {
    clearTimeout(this.#holdTimer);
    this.#state = 'held';
    if (this.#destinations.leaving) return;
    this.#holdTimer = setTimeout(() => this.reset(), this.#destinations.holdSeconds * 1000);
  }

  #move(): void {
    this.#up?.reset();
    this.#up = undefined;
    this.#toOriginal();
  }

  /** Dials the next original; `tried` of them could not be reached. */
  #toOriginal(tried = 0): void {
    const original = nextOf(this.#destinations.originals);
    if (original === undefined) {
      this.#hold();
      return;
    }
    clearTimeout(this.#holdTimer);
    this.#state = 'dialling';
    const [, host = original, port = this.#port] = /^([^:]+):(\d+)$/.exec(original) ?? [];
    const socket = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
    const reset = () => void socket.resetAndDestroy();
    this.#up = { duplex: socket, reset };
    const failed = () => {
      if (this.#up?.duplex !== socket) return;
      if (tried + 1 < this.#destinations.originals.length) this.#toOriginal(tried + 1);
      else this.reset();
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      if (this.#up?.duplex !== socket) return;
      this.#state = 'original';
      this.#attach(socket, reset);
      const kept = Buffer.concat(this.#kept);
      this.#forget();
      this.#rewriting = true;
      if (kept.length > 0) this.#toldOriginal(kept);
      if (this.#clientEnded) this.#endOriginal();
      this.#client.resume();
    });
  }

  /** Passes on what the client says first, asking for the connection to be closed after one response. */
  #toldOriginal(chunk: Buffer): void {
    this.#keep(chunk);
    const start = closeAfter(Buffer.concat(this.#kept), this.#exchange.idle);
    if (!start) return;
    this.#forget();
    this.#rewriting = false;
    this.#write(start);
  }

  #endOriginal(): void {
    for (const chunk of this.#kept) this.#write(chunk);
    this.#forget();
    this.#up?.duplex.end();
  }

  #attach(duplex: Duplex, reset: () => void): void {
    this.#up = { duplex, reset };
    const unlessLeft = (then: () => void) => () => {
      if (this.#up?.duplex === duplex) then();
    };
    duplex.on('error', () => undefined);
    duplex.on('data', (chunk: Buffer) => {
      if (this.#up?.duplex === duplex) this.#serverSent(duplex, chunk);
    });
    onEnd(
      duplex,
      unlessLeft(() => this.#serverEnded()),
    );
    duplex.on(
      'drain',
      unlessLeft(() => this.#client.resume()),
    );
    duplex.on(
      'close',
      unlessLeft(() => this.#serverClosed(duplex)),
    );
  }

  #clientSent(chunk: Buffer): void {
    switch (this.#state) {
      case 'local':
        if (this.#destinations.leaving && this.#exchange.idle && beginsRequest(chunk)) {
          this.#letGo();
          this.#keep(chunk);
          this.#toOriginal();
          return;
        }
        this.#exchange.fromClient(chunk);
        this.#write(chunk);
        break;
      case 'offered':
        this.#exchange.fromClient(chunk);
        this.#keep(chunk);
        this.#write(chunk);
        break;
      case 'original':
        if (this.#rewriting) this.#toldOriginal(chunk);
        else this.#write(chunk);
        break;
      case 'resting':
        this.#keep(chunk);
        this.#toOriginal();
        break;
      case 'held':
      case 'dialling':
        this.#keep(chunk);
        break;
      case 'closed':
        break;
    }
  }

  #serverSent(duplex: Duplex, chunk: Buffer): void {
    if (this.#state === 'local') this.#exchange.fromServer(chunk);
    if (!this.#client.write(chunk)) duplex.pause();
    if (this.#destinations.ending) this.retire();
  }

  #write(chunk: Buffer): void {
    if (this.#up?.duplex.write(chunk) === false) this.#client.pause();
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes > mostKept) this.#client.pause();
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #clientEnds(): void {
    this.#clientEnded = true;
    if (this.#state === 'resting') this.#client.end();
    else if (this.#state === 'original') this.#endOriginal();
    else if (this.#state !== 'dialling') this.#up?.duplex.end();
  }

  /** The client may be about to send its next request: that one goes elsewhere. */
  get #mayRest(): boolean {
    return (
      this.#state === 'local' &&
      this.#destinations.leaving &&
      this.#exchange.idle &&
      !this.#clientEnded &&
      !this.#destinations.ending
    );
  }

  #serverEnded(): void {
    if (this.#mayRest) this.#letGo();
    else this.#client.end();
  }

  #serverClosed(duplex: Duplex): void {
    this.#up = undefined;
    if (isComplete(duplex)) return;
    if (this.#state === 'offered') {
      // The tunnel broke before the local process accepted: the next one may.
      this.#state = 'held';
      this.route();
    } else if (this.#mayRest) this.#state = 'resting';
    else this.reset();
  }

  /** Leaves the local process in peace: its side of the connection ends cleanly. */
  #letGo(): void {
    const up = this.#up;
    this.#up = undefined;
    this.#state = 'resting';
    up?.duplex.end();
    up?.duplex.resume();
  }

  #clientClosed(): void {
    this.#state = 'closed';
    clearTimeout(this.#holdTimer);
    this.#forget();
    if (!isComplete(this.#client)) this.#up?.reset();
    this.#up = undefined;
  }
}

let turn = 0;

/** One after the other. */
function nextOf(addresses: readonly string[]): string | undefined {
  turn = (turn + 1) % Math.max(addresses.length, 1);
  return addresses[turn];
}
