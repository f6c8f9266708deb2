import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { LaunchError, messageOf } from '../errors.ts';
import type { DebuggerCommand } from './command.ts';
import { editorsDebugger } from './editors.ts';
import type { Environment } from './environment.ts';
import { startProcess, type AdapterProcess } from './process.ts';

/** How long a debug adapter may take until it speaks DAP, and again until it is initialized, in milliseconds. */
export const startupPatience = 30_000;
/** A server that has not said its port within this many characters will not; what it prints later is not kept. */
const longestAnnouncement = 64 * 1024;

export interface DebuggerOptions {
  /** Ends what has been started so far. */
  signal: AbortSignal;
  /** Variables to start it with, beyond those of this process. Default: none. */
  environment?: Environment;
  /** Told of the process as soon as it runs, so that a journal can name it. */
  onProcess?: (pid: number) => void;
  /** Gets what it writes to its standard error, as it comes. Default: nobody; its last words are kept in any case. */
  onWords?: (text: string) => void;
  /** How long it may take until it speaks DAP, in milliseconds. Default: 30,000. */
  startupTimeout?: number;
}

/** A debug adapter that is there to be spoken to. */
export interface Debugger {
  /** Its process; `undefined` when it was only dialled. */
  readonly pid: number | undefined;
  readonly input: Readable;
  readonly output: Writable;
  /** Where further connections reach it, for one that serves several. */
  readonly address: { host: string; port: number } | undefined;
  /** Resolves when its process has gone: with how. Never for one that we only dialled. */
  readonly exited: Promise<string>;
  /** The debuggee that it is itself, and of which it cannot say what it prints and how it ends. */
  readonly debuggee?: Pick<AdapterProcess, 'stdout' | 'stderr' | 'exitCode'>;
  /** The last lines of its standard error. */
  lastWords(): string;
  /** Closes the connection and ends the process, politely first. `alone` spares what it has started. */
  end(options?: { alone?: boolean }): Promise<void>;
}

/** Starts or dials a debug adapter. Throws a `LaunchError` "debugger-died" or "debugger-unreachable". */
export async function startDebugger(command: DebuggerCommand, options: DebuggerOptions): Promise<Debugger> {
  options.signal.throwIfAborted();
  if (command.by === 'address') return dialled(await dial(command, options.signal), command);
  if (command.by === 'editor') return editorsDebugger();
  if (command.by === 'dialling') return startDialling(command, options);

  const process = start(command, command.args, options);
  if (command.by === 'stdio') {
    return { ...process, input: process.stdout, output: process.stdin, address: undefined };
  }
  return beforeItEnds(process, command, options, async (signal) => {
    const port = await announcedPort(process, command.announces, signal);
    const address = { host: '127.0.0.1', port };
    const started = overSocket(await dial(address, signal), process, address);
    return command.isDebuggee === true ? { ...started, debuggee: process } : started;
  });
}

/**
 * A connection to 127.0.0.1 (or `host`) with small messages sent at once. Throws "debugger-unreachable", which says
 * to correct what was `given` (default: "debugAdapter").
 */
export async function dial(
  address: { host: string; port: number; given?: string },
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw new LaunchError(
      'debugger-unreachable',
      `Cannot connect to the debug adapter at "${address.host}:${address.port}": ${messageOf(error)}. Start it there, or correct "${address.given ?? 'debugAdapter'}".`,
      { cause: error, attribute: 'debugAdapter' },
    );
  }
}

function start(
  command: Exclude<DebuggerCommand, { by: 'address' | 'editor' }>,
  args: string[],
  options: DebuggerOptions,
): AdapterProcess {
  const { environment = {}, onWords } = options;
  const process = startProcess({ ...command, args, ...(onWords && { onWords }) }, environment);
  if (process.pid !== undefined) options.onProcess?.(process.pid);
  return process;
}

async function startDialling(
  command: Extract<DebuggerCommand, { by: 'dialling' }>,
  options: DebuggerOptions,
): Promise<Debugger> {
  await using server = listening();
  const port = await server.port;
  const process = start(
    command,
    command.args.map((arg) => arg.replaceAll('{port}', String(port))),
    options,
  );
  process.stdout.resume();
  return await beforeItEnds(process, command, options, async (signal) =>
    overSocket(await server.connection(signal), process, undefined),
  );
}

/** A server on a free port of 127.0.0.1 that takes one connection. */
function listening() {
  const server = createServer({ noDelay: true });
  server.maxConnections = 1;
  server.listen(0, '127.0.0.1');
  return {
    port: once(server, 'listening').then(() => (server.address() as AddressInfo).port),
    async connection(signal: AbortSignal): Promise<Socket> {
      const [socket] = (await once(server, 'connection', { signal })) as [Socket];
      return socket;
    },
    [Symbol.asyncDispose]: () => {
      // The connection stays; waiting for it to end would wait for the whole session.
      server.close();
      return Promise.resolve();
    },
  };
}

/** Waits for `ready`; when the process ends first, takes too long or is not wanted any more, it is ended and that is thrown. */
async function beforeItEnds(
  process: AdapterProcess,
  command: { command: string },
  options: DebuggerOptions,
  ready: (signal: AbortSignal) => Promise<Debugger>,
): Promise<Debugger> {
  const { signal, startupTimeout = startupPatience } = options;
  const waiting = new AbortController();
  const deadline = AbortSignal.timeout(startupTimeout);
  try {
    return await Promise.race([
      ready(AbortSignal.any([signal, deadline, waiting.signal])),
      process.exited.then((how) => {
        throw debuggerDied(`The debug adapter "${command.command}" ended ${how}`, process.lastWords());
      }),
    ]);
  } catch (error) {
    waiting.abort();
    await process.end();
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw debuggerDied(
      `The debug adapter "${command.command}" did not answer within ${startupTimeout / 1000} s`,
      process.lastWords(),
    );
  }
}

/** A debug adapter that is of no use any more, with its last words. */
export function debuggerDied(what: string, lastWords: string): LaunchError {
  return new LaunchError(
    'debugger-died',
    `${what}. Start the session again; if it comes to the same, try the debug adapter by itself, or name another one with "debugAdapter".` +
      (lastWords === '' ? '' : ` It said last: ${lastWords}`),
  );
}

/** The port in a line that is printed to either stream. */
function announcedPort(
  { stdout, stderr }: AdapterProcess,
  announces: RegExp,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    for (const stream of [stdout, stderr]) {
      let said = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (said.length > longestAnnouncement) return;
        said += text;
        const port = announces.exec(said)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    }
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function dialled(socket: Socket, address: { host: string; port: number }): Debugger {
  return {
    pid: undefined,
    input: socket,
    output: socket,
    address,
    exited: new Promise(() => undefined),
    lastWords: () => '',
    end: () => {
      socket.destroySoon();
      return Promise.resolve();
    },
  };
}

function overSocket(socket: Socket, process: AdapterProcess, address: Debugger['address']): Debugger {
  return {
    pid: process.pid,
    input: socket,
    output: socket,
    address,
    exited: process.exited,
    lastWords: () => process.lastWords(),
    end: async (options) => {
      socket.destroySoon();
      await process.end(options);
    },
  };
}
