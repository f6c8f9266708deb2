import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, lstat, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionFolder } from '../folders.ts';
import { LineChannel } from './linechannel.ts';

/**
 * Where the helper is waited for, when it cannot inherit a channel: a socket in a folder that only this user can
 * enter (mode 0700); on Windows a named pipe, where the nonce keeps others out. The nonce is in a file of that
 * folder: command lines are everybody's to read.
 */
export class HelperDoor implements AsyncDisposable {
  readonly path: string;
  readonly nonceFile: string;
  readonly #folder: string;
  readonly #nonce = randomBytes(32).toString('hex');
  readonly #server = net.createServer();
  readonly #waiting = new Set<net.Socket>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.nonceFile = join(folder, 'nonce');
    this.path =
      process.platform === 'win32'
        ? `\\\\.\\pipe\\localprocess-k8s-${randomBytes(16).toString('hex')}`
        : join(folder, 'door');
  }

  /**
   * Opens a door in the session's folder, which goes after a crash, too; without one, as for who restores, in the
   * folder for temporary files. Rejects with the system's error.
   */
  static async open(session: string): Promise<HelperDoor> {
    const parent = sessionFolder(session);
    const owner = await lstat(parent).catch(() => undefined);
    // Somebody else's could be exchanged for another behind the helper's back.
    const own = owner?.isDirectory() === true && owner.uid === (process.getuid?.() ?? owner.uid);
    const prefix = own ? join(parent, 'helper-') : join(tmpdir(), 'localprocess-k8s-helper-');
    const door = new HelperDoor(await mkdtemp(prefix));
    try {
      await writeFile(door.nonceFile, door.#nonce, { mode: 0o600, flag: 'wx' });
      await new Promise<void>((resolve, reject) => {
        door.#server.once('error', reject);
        door.#server.listen(door.path, resolve);
      });
      if (process.platform !== 'win32') await chmod(door.path, 0o600);
      return door;
    } catch (error) {
      await door[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The channel to the first who knows the nonce. Rejects with the signal's reason: nobody gets in any more then. */
  entered(signal: AbortSignal): Promise<LineChannel> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#server.on('connection', (socket) => {
        this.#waiting.add(socket);
        socket.once('close', () => this.#waiting.delete(socket));
        const channel = new LineChannel(socket);
        channel.onMessage((word) => {
          if (signal.aborted || !this.#isNonce(word)) {
            socket.destroy();
            return;
          }
          this.#waiting.delete(socket);
          channel.hold();
          resolve(channel);
        });
      });
    });
  }

  /** Shuts the door, sends away who waits before it, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #isNonce(word: unknown): boolean {
    const given = Buffer.from(typeof word === 'string' ? word : '');
    const wanted = Buffer.from(this.#nonce);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}

/**
 * The helper's end: goes through the door at `path` with the nonce that `nonceFile` has. Resolves also with the
 * user whose file it is: who asked for the helper. Rejects with the system's error.
 */
export async function enterDoor(
  path: string,
  nonceFile: string,
): Promise<{ channel: LineChannel; asker: number }> {
  const nonce = await readFile(nonceFile, 'utf8');
  // With the helper's rights any file can be read: nothing else leaves.
  if (!/^[0-9a-f]{64}$/.test(nonce)) throw new Error(`Cannot serve: "${nonceFile}" is no nonce.`);
  const { uid: asker } = await stat(nonceFile);
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
  return { channel, asker };
}
