import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import type { AgentConfig } from '../../agent/protocol.ts';
import { Log } from '../../adapter/log.ts';
import { Tunnel, type TunnelOptions } from '../../adapter/tunnel/tunnel.ts';

let payload: Promise<string> | undefined;

/** The agent as a pod's arguments carry it. esbuild runs as a program: its library dislikes jest's globals. */
async function bundle(): Promise<string> {
  const { stdout } = await promisify(execFile)(
    // The program itself: esbuild's own install step may have put it in place of the script that finds it.
    'node_modules/.bin/esbuild',
    ['agent/main.ts', '--bundle', '--platform=node', '--target=node20', '--format=cjs', '--minify'],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  return brotliCompressSync(stdout).toString('base64');
}

const bootstrap =
  "const{brotliDecompressSync:d}=require('node:zlib');" +
  "new Function('require',d(Buffer.from(process.argv.at(-2),'base64')).toString())(require)";

/** A port nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A real agent in a process of its own. */
export interface Agent extends AsyncDisposable {
  readonly config: AgentConfig;
  readonly token: string;
  /** The container's port. */
  readonly port: number;
  readonly output: () => string;
  /** `[exit code, signal]` */
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  kill(signal: NodeJS.Signals): void;
  open(signal: AbortSignal): Promise<Socket>;
  tunnel(options?: Partial<TunnelOptions>): Promise<Tunnel>;
}

export async function startAgent(
  changes: Partial<AgentConfig> = {},
  env: NodeJS.ProcessEnv = {},
  uid?: number,
): Promise<Agent> {
  payload ??= bundle();
  const token = randomUUID();
  const port = await freePort();
  const config: AgentConfig = {
    tokenSha256: createHash('sha256').update(token).digest('hex'),
    controlPort: await freePort(),
    readinessPort: await freePort(),
    ports: [port],
    restoreAfterSeconds: 60,
    drainSeconds: 5,
    holdSeconds: 5,
    exitCode: 7,
    ...changes,
  };
  const encoded = Buffer.from(JSON.stringify(config)).toString('base64');
  const child = spawn(process.execPath, ['-e', bootstrap, await payload, encoded], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(uid !== undefined && { uid, cwd: '/' }),
  });
  let output = '';
  const exited = once(child, 'exit') as Agent['exited'];
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('waiting for the adapter')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then(() => reject(new Error(output)));
  });
  const open = async () => {
    const socket = connect({ port: config.controlPort, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return socket;
  };
  const log = new Log('', join(tmpdir(), `tunnel-test-${token}.log`));
  const tunnels: Tunnel[] = [];
  return {
    config,
    token,
    port,
    output: () => output,
    exited,
    open,
    kill: (signal) => void child.kill(signal),
    async tunnel(options = {}) {
      const tunnel = await Tunnel.open(
        { open, token, holdSeconds: 5, log, ...options },
        AbortSignal.timeout(10_000),
      );
      tunnels.push(tunnel);
      return tunnel;
    },
    async [Symbol.asyncDispose]() {
      for (const tunnel of tunnels) await tunnel.close();
      child.kill('SIGKILL');
      await exited;
      await log.close();
      await rm(log.path, { force: true });
    },
  };
}

/** A TCP server on a port of its own. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly sockets: Set<Socket>;
  /** Ends at once, resetting what is open: as if its process were killed. */
  kill(): void;
}

export async function listen(serve: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const kill = () => {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    kill,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      kill();
      await closed;
    },
  };
}

/** A connected socket to a port of this machine. */
export async function dial(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** All that `stream` says; unlike a `for await`, it leaves the other direction alone. Rejects if it breaks off. */
export function readAll(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('It broke off.')));
  });
}
