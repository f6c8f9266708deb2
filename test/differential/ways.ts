import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LaunchArguments } from '../../schemas/launch.d.ts';
import type { DebuggerCommand } from '../../adapter/debugger/command.ts';
import { findDebugger } from '../../adapter/debugger/presets.ts';
import { DapClient } from '../dap/client.ts';
import { root } from '../harness.ts';

/** A way to one debugger: each connection is another conversation. */
export interface Way extends AsyncDisposable {
  connect(): Promise<DapClient>;
}

/** A debugger that speaks on its standard streams, without anything between. */
export function direct(command: readonly string[]): Way {
  const [file = '', ...args] = command;
  return {
    connect: () => Promise.resolve(DapClient.start(file, args)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The same debugger, through the adapter at `mainScript` as a program. */
export function relayed(mainScript: string, command: readonly string[]): Way {
  return direct([process.execPath, mainScript, 'dap', '--adapter', ...command]);
}

/** A debugger that listens, and the adapter before it, which listens as well. */
export async function listening(
  mainScript: string,
  command: readonly string[],
  announces: RegExp,
): Promise<{ direct: Way; relayed: Way } & AsyncDisposable> {
  const debuggers = await serve(command, announces);
  const adapter = [process.execPath, mainScript, 'dap', '--listen', '0'];
  const relay = await serve(
    [...adapter, '--connect', `127.0.0.1:${debuggers.port}`],
    /Listening on 127\.0\.0\.1:(\d+)/,
  );
  const way = (port: number): Way => ({
    connect: () => DapClient.dial(port),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  return {
    direct: way(debuggers.port),
    relayed: way(relay.port),
    [Symbol.asyncDispose]: async () => {
      await end(relay.process);
      await end(debuggers.process);
    },
  };
}

/** The command of an installed debugger, and the line by which one that listens says its port. */
export async function installed(
  type: string,
  debug: LaunchArguments['debug'],
): Promise<{ command: string[]; found: DebuggerCommand }> {
  const found = await findDebugger(type, undefined, root, debug);
  if (found.by === 'address') throw new Error('It is not started by anybody.');
  return { command: [found.command, ...found.args], found };
}

/** delve as a server of its own: one conversation each. */
export const delve = [join(root, '.tools', 'dlv'), 'dap', '--listen=127.0.0.1:0'];

async function serve(
  [file = '', ...args]: readonly string[],
  announces: RegExp,
): Promise<{ port: number; process: ChildProcess }> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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
  return { port, process: child };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
