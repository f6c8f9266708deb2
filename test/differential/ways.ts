import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findDebugger } from '../../adapter/debugger/presets.ts';
import type { LaunchArguments } from '../../schemas/launch.d.ts';
import { DapClient } from '../dap/client.ts';
import { root } from '../harness.ts';

/** A way to one debug adapter: each connection is another conversation. */
export interface Way extends AsyncDisposable {
  /** `port`: of a child that the adapter serves there. Default: as every conversation with it. */
  connect(port?: number): Promise<DapClient>;
  /** The launch arguments that have the adapter get these. Default: these. */
  wrap?(launch: Record<string, unknown>): Record<string, unknown>;
}

/** A program with its arguments, and where it runs. */
export interface Command {
  line: readonly string[];
  cwd: string;
}

/** A server's command, and the line by which it says its port: group 1. */
export interface Server extends Command {
  announces: RegExp;
}

/** The two ways to an adapter: with nothing between, and through the relay. Each beginning is another adapter. */
export interface Ways {
  direct: () => Promise<Way>;
  relayed: () => Promise<Way>;
}

/** The relay as a program, with its bundle at `main`. */
const relay = (main: string, ...args: string[]) => [process.execPath, main, 'dap', ...args];

/** To an adapter on its standard streams; through `dap --adapter`. */
export function ofStreams(main: string, { line, cwd }: Command): Ways {
  return {
    direct: () =>
      Promise.resolve(
        way(
          () => started({ line, cwd }),
          (port) => DapClient.dial(port),
        ),
      ),
    relayed: () =>
      Promise.resolve(
        way(
          () => started({ line: relay(main, '--adapter', ...line), cwd }),
          (port) => started({ line: relay(main, '--connect', `127.0.0.1:${port}`), cwd }),
        ),
      ),
  };
}

/** A server, dialled; `behind` it are others, which end after it. */
async function dialled(server: Server, behind: Served[] = []): Promise<Way> {
  const served = await serve(server);
  const dial = (port: number) => DapClient.dial(port);
  return way(() => dial(served.port), dial, [served, ...behind]);
}

/** To an adapter that listens and serves one connection; through `dap --connect` on standard streams. */
export function ofSingleServer(main: string, server: Server): Ways {
  const { cwd } = server;
  return {
    direct: () => dialled(server),
    relayed: async () => {
      const adapter = await serve(server);
      const through = (port: number) => started({ line: relay(main, '--connect', `127.0.0.1:${port}`), cwd });
      return way(() => through(adapter.port), through, [adapter]);
    },
  };
}

/** To an adapter that listens and serves many; through `dap --listen --connect`, which does so as well. */
export function ofServer(main: string, server: Server): Ways {
  return {
    direct: () => dialled(server),
    relayed: async () => {
      const adapter = await serve(server);
      const line = relay(main, '--listen', '0', '--connect', `127.0.0.1:${adapter.port}`);
      return dialled({ line, cwd: server.cwd, announces: listens }, [adapter]);
    },
  };
}

type Connect = (port: number) => Promise<DapClient>;
type Served = Awaited<ReturnType<typeof serve>>;

function way(connect: () => Promise<DapClient>, child: Connect, servers: Served[] = []): Way {
  return {
    connect: (port) => (port === undefined ? connect() : child(port)),
    [Symbol.asyncDispose]: async () => {
      for (const { process: server } of servers) await ended(server);
    },
  };
}

/** The command of an installed debugger that speaks on its standard streams. */
export async function installed(
  type: string,
  debug: LaunchArguments['debug'],
): Promise<{ command: string[] }> {
  const found = await findDebugger(type, undefined, root, debug);
  if (found.by === 'address') throw new Error('It is not started by anybody.');
  return { command: [found.command, ...found.args] };
}

/** What the relay says when it listens. */
export const listens = /Listening on 127\.0\.0\.1:(\d+)/;

/** Starts a server, and waits until it has said its port. */
export async function serve({ line, cwd, announces }: Server): Promise<{
  port: number;
  process: ChildProcess;
  said: () => string;
}> {
  const [file = '', ...args] = line;
  const child = spawn(file, args, { cwd, stdio: 'pipe' });
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      said += chunk.toString();
      const found = announces.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`It ended: ${said}`)));
  });
  return { port, process: child, said: () => said };
}

/** Ends a process, and waits until it has gone. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function started({ line, cwd }: Command): Promise<DapClient> {
  const [file = '', ...args] = line;
  return Promise.resolve(DapClient.start(file, args, { cwd }));
}
