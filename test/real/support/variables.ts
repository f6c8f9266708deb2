import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { root } from './f5.ts';
import { kubeconfig } from './kubectl.ts';
import type { Namespace } from './namespace.ts';

export type Variables = Record<string, string>;

const fixtures = join(root, 'test', 'fixtures', 'environ');

/** How each debugger runs the program that tells its environment. */
export const programs = {
  node: {
    type: 'pwa-node',
    request: 'launch',
    program: join(fixtures, 'main.cjs'),
    cwd: fixtures,
    console: 'internalConsole',
  },
  python: {
    type: 'debugpy',
    request: 'launch',
    program: join(fixtures, 'main.py'),
    cwd: fixtures,
    python: join(root, '.venv', 'bin', 'python'),
    console: 'internalConsole',
  },
  go: { type: 'go', request: 'launch', mode: 'debug', program: fixtures, cwd: fixtures },
};

/** Where such a program reports to: its first report. */
export async function reporter(): Promise<{ port: number; report: Promise<Variables> } & AsyncDisposable> {
  const server = createServer();
  const report = once(server, 'connection').then(async ([socket]: Socket[]) =>
    parse(socket === undefined ? Buffer.alloc(0) : await buffer(socket)),
  );
  report.catch(() => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    report,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the first process of a container was started with. */
export async function environmentIn(namespace: Namespace, pod: string): Promise<Variables> {
  const command = [
    '--kubeconfig',
    kubeconfig,
    '-n',
    namespace.name,
    'exec',
    pod,
    '--',
    'cat',
    '/proc/1/environ',
  ];
  const { stdout } = await promisify(execFile)('kubectl', command, {
    encoding: 'buffer',
    maxBuffer: 2 ** 22,
  });
  return parse(stdout);
}

function parse(environ: Buffer): Variables {
  const pairs = environ.toString().split('\0');
  return Object.fromEntries(
    pairs
      .filter((pair) => pair !== '')
      .map((pair) => [pair.split('=', 1)[0] ?? '', pair.replace(/^[^=]*=/s, '')]),
  );
}
