import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import net from 'node:net';

/** The longest message, in characters: the largest request of the protocol is well below. */
const longest = 16 * 1024 * 1024;

/** Messages over a stream, each a line of JSON; the other end is trusted with nothing but their number. */
export class LineChannel {
  /** Resolves when the other end has closed, was killed, or said something that is no message. */
  readonly closed: Promise<void>;
  readonly #socket: net.Socket;
  #rest = '';
  #take: ((message: unknown) => void) | undefined;
  #waiting: unknown[] = [];

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    // Followed by 'close': the end is the end, however it came.
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  /** Hands messages to `take`, those first that came before. One receiver; another takes its place. */
  onMessage(take: (message: unknown) => void): void {
    this.#take = take;
    for (const message of this.#waiting.splice(0)) take(message);
  }

  /** Keeps messages until somebody receives them again. */
  hold(): void {
    this.#take = undefined;
  }

  /** Resolves when the message has left; also when nobody is there to take it: `closed` tells. */
  send(message: unknown): Promise<void> {
    return new Promise((resolve) => this.#socket.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }

  /** Closes when everything that was sent has left. */
  close(): void {
    this.#socket.end();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    try {
      if (this.#rest.length > longest) throw new Error('A message is too long.');
      for (const line of lines) this.#deliver(JSON.parse(line));
    } catch {
      this.#socket.destroy();
    }
  }

  #deliver(message: unknown): void {
    if (this.#take) this.#take(message);
    else this.#waiting.push(message);
  }
}

/** Where the helper is waited for, when it cannot inherit a channel: its `path`, and the word that lets it in. */
export class HelperDoor implements Disposable {
  readonly path: string;
  readonly nonce = randomBytes(32).toString('hex');
  readonly #server: net.Server;

  private constructor(server: net.Server, path: string) {
    this.#server = server;
    this.path = path;
  }

  /**
   * Opens a door at `path`: a socket in a folder that only this user can enter (mode 0700), or the name of a pipe
   * on Windows (`\\.\pipe\…`), where the nonce alone keeps others out. Rejects with the system's error.
   */
  static async open(path: string): Promise<HelperDoor> {
    const server = net.createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    if (process.platform !== 'win32') await chmod(path, 0o600);
    return new HelperDoor(server, path);
  }

  /** The channel to the first who knows the nonce; the door is closed behind them. Rejects with the signal's reason. */
  async entered(signal: AbortSignal): Promise<LineChannel> {
    try {
      return await new Promise((resolve, reject) => {
        signal.throwIfAborted();
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        this.#server.on('connection', (socket) => {
          const channel = new LineChannel(socket);
          channel.onMessage((word) => {
            if (!this.#isNonce(word)) {
              socket.destroy();
              return;
            }
            channel.hold();
            resolve(channel);
          });
        });
      });
    } finally {
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    // Its file goes with it.
    this.#server.close();
  }

  #isNonce(word: unknown): boolean {
    const given = Buffer.from(typeof word === 'string' ? word : '');
    const wanted = Buffer.from(this.nonce);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}

/** The helper's end: goes through the door at `path` with its nonce. Rejects with the system's error. */
export async function enterDoor(path: string, nonce: string): Promise<LineChannel> {
  const socket = net.connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
  const channel = new LineChannel(socket);
  await channel.send(nonce);
  return channel;
}
