import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { build } from 'esbuild';
import { Session, type SessionOptions } from '../adapter/session.ts';
import { DapClient } from './dap/client.ts';
import { FakeLaunch } from './fakeLaunch.ts';

export const root = process.cwd();
export const fixture = (name: string) => join(root, 'test', 'fixtures', name);

/** What editors send. */
export const initialize = {
  adapterID: 'localprocess-k8s',
  pathFormat: 'path',
  linesStartAt1: true,
  columnsStartAt1: true,
};

/** One program for each debugger; the line is that of its first statement that uses `total`. */
export const programs = {
  node: {
    debug: { type: 'pwa-node', request: 'launch', program: fixture('server.js'), cwd: root },
    file: fixture('server.js'),
    line: 4,
  },
  python: {
    debug: {
      type: 'debugpy',
      request: 'launch',
      program: fixture('server.py'),
      console: 'internalConsole',
      python: join(root, '.venv', 'bin', 'python'),
    },
    file: fixture('server.py'),
    line: 5,
  },
  go: {
    debug: {
      type: 'go',
      request: 'launch',
      program: fixture('go'),
      dlvToolPath: join(root, '.tools', 'dlv'),
    },
    file: fixture('go/main.go'),
    line: 14,
  },
};

/** A session in this process, without a cluster, and a client that speaks to it. */
export function connectClient(options: Partial<SessionOptions> = {}, fake = new FakeLaunch()) {
  const toAdapter = new PassThrough();
  const toClient = new PassThrough();
  const session = new Session(toAdapter, toClient, {
    launch: fake.launch,
    mainScript: join(root, 'no-main-script'),
    ...options,
  });
  const client = new DapClient(toClient, toAdapter);
  return {
    client,
    session,
    fake,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await session.end();
    },
  };
}

/** The adapter without a cluster as a program, or another `entry`: its bundle, removed at the end. */
export async function buildAdapter(
  entry = fixture('adapter.ts'),
): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  const path = join(folder, 'adapter.mjs');
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outfile: path,
    // As in scripts/build.mjs.
    mainFields: ['module', 'main'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
  });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Sets a breakpoint, runs to it, and looks at everything there. */
export async function runToBreakpoint(client: DapClient, { file, line }: { file: string; line: number }) {
  await client.waitForEvent('initialized');
  const set = (await client.body('setBreakpoints', {
    source: { path: file },
    breakpoints: [{ line }],
  })) as DebugProtocol.SetBreakpointsResponse['body'];
  await client.body('configurationDone');
  return { set: set.breakpoints, ...(await lookAround(client)) };
}

/** Waits for a stop, and reads frames, scopes, variables and an expression. */
export async function lookAround(client: DapClient) {
  const stopped = (await client.waitForEvent('stopped')).body as DebugProtocol.StoppedEvent['body'];
  const threadId = stopped.threadId ?? 0;
  const { stackFrames } = (await client.body('stackTrace', {
    threadId,
  })) as DebugProtocol.StackTraceResponse['body'];
  const [frame] = stackFrames;
  if (!frame) throw new Error(`There is no frame:\n${client.tail()}`);
  const frameId = frame.id;
  const { scopes } = (await client.body('scopes', { frameId })) as DebugProtocol.ScopesResponse['body'];
  const variables: DebugProtocol.Variable[] = [];
  for (const { variablesReference } of scopes.filter(({ expensive }) => !expensive)) {
    const some = (await client.body('variables', {
      variablesReference,
    })) as DebugProtocol.VariablesResponse['body'];
    variables.push(...some.variables);
  }
  const evaluate = async (expression: string) =>
    (await client.body('evaluate', { expression, frameId, context: 'watch' })).result;
  return { threadId, frame, variables, evaluate, stopped };
}
