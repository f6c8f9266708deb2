import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the launcher in the terminal is to execute. */
export interface TerminalCommand {
  args: string[];
  /** Words to put before it: what they start becomes the command. Default: none. */
  prefix?: readonly string[];
  cwd?: string;
  /** Variables over the terminal's own; `null` removes one. */
  env: Record<string, string | null>;
  /** The arguments are written for a shell. */
  shell: boolean;
}

/**
 * Private channels to the launchers that run in the editor's terminals: variables go through them and never
 * over a terminal's command line. Each serves one command, once, to this user alone.
 */
export class TerminalChannels implements AsyncDisposable {
  readonly #offers = new Set<AsyncDisposable>();

  /** Offers a command; resolves with the path at which the launcher fetches it. */
  async offer(command: TerminalCommand): Promise<string> {
    const { path, release } = await privatePath();
    const server = createServer((socket) => {
      server.close();
      socket.on('error', () => undefined); // A launcher that has gone says so to its terminal.
      socket.end(JSON.stringify(command));
    });
    const offer = { [Symbol.asyncDispose]: () => closeAndRelease(server, release) };
    this.#offers.add(offer);
    server.once('close', () => {
      this.#offers.delete(offer);
      void release();
    });
    server.listen(path);
    await once(server, 'listening');
    return path;
  }

  /** Withdraws what nobody fetched. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#offers].map((offer) => offer[Symbol.asyncDispose]()));
  }
}

async function closeAndRelease(server: Server, release: () => Promise<void>): Promise<void> {
  if (server.listening) {
    const closed = once(server, 'close');
    server.close();
    await closed;
  }
  await release();
}

/** A path that only this user can connect to: a socket in a folder of mode 0700, or an unguessable pipe on Windows. */
async function privatePath(): Promise<{ path: string; release: () => Promise<void> }> {
  if (process.platform === 'win32') {
    return {
      path: `\\\\.\\pipe\\localprocess-k8s-${randomBytes(16).toString('hex')}`,
      release: () => Promise.resolve(),
    };
  }
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-'));
  return { path: join(folder, 'exec'), release: () => rm(folder, { recursive: true, force: true }) };
}
