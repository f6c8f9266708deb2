import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { firstLine } from '../helper.ts';

/** A program that listens on 127.0.0.1, at the port in its first argument, and prints the port. */
export const listening = `
  const server = require('node:net').createServer().listen(process.argv[1], '127.0.0.1');
  server.once('listening', () => console.log(server.address().port));
`;

/** A process of this test. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The numbers it printed first, e.g. its port. */
  readonly said: number[];
  /** Resolves with the signal or the code that ended it. */
  readonly ended: Promise<NodeJS.Signals | number>;
}

/** Runs `program` in Node.js, and waits for its first line; it ends with the test. */
export async function run(
  program: string,
  args: readonly (string | number)[] = [0],
  options: Parameters<typeof spawn>[2] = {},
): Promise<Running> {
  const child = spawn(process.execPath, ['-e', program, '--', ...args.map(String)], {
    stdio: 'pipe',
    ...options,
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as NodeJS.Signals | number);
  const said = (await firstLine(child)).split(' ').map(Number);
  if (child.pid === undefined) throw new Error('It did not start.');
  return {
    pid: child.pid,
    child,
    said,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
