import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DapClient, type Answer } from '../../dap/client.ts';

export const root = process.cwd();
export const mainScript = join(root, 'dist', 'main.js');
const shop = (...path: string[]) => join(root, 'samples', 'shop', ...path);

/** A service of samples/shop and how it is debugged. */
export interface ShopService {
  target: string;
  ports: string[];
  /** Where a pod reaches it. */
  url: string;
  file: string;
  debug: { type: string; [attribute: string]: unknown };
}

export const services = {
  node: {
    target: 'service/web',
    ports: ['3000:http'],
    url: 'http://web/',
    file: shop('web', 'server.js'),
    debug: { type: 'pwa-node', request: 'launch', program: shop('web', 'server.js'), cwd: shop('web') },
  },
  python: {
    target: 'service/prices',
    ports: ['5000'],
    url: 'http://prices:5000/',
    file: shop('prices', 'server.py'),
    debug: {
      type: 'debugpy',
      request: 'launch',
      program: shop('prices', 'server.py'),
      cwd: shop('prices'),
      python: join(root, '.venv', 'bin', 'python'),
      console: 'internalConsole',
    },
  },
  go: {
    target: 'service/stock',
    ports: ['8080:api'],
    url: 'http://stock:8080/',
    file: shop('stock', 'main.go'),
    debug: { type: 'go', request: 'launch', mode: 'debug', program: shop('stock'), cwd: shop('stock') },
  },
} satisfies Record<string, ShopService>;

/** The line of a file that a comment marks with "breakpoint:". */
export function breakpointLine(file: string): number {
  const index = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => /(\/\/|#) breakpoint:/.test(line));
  if (index === -1) throw new Error(`No line of "${file}" is marked with "breakpoint:".`);
  return index + 1;
}

export interface F5Options {
  kubeconfig: string;
  namespace: string;
  service: ShopService;
  /** Attributes that differ from the ordinary ones. */
  configuration?: Record<string, unknown>;
  /** What the client says it can do, beyond the least. */
  client?: Partial<DebugProtocol.InitializeRequestArguments>;
  /** Command line of the adapter. */
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** Something to start the adapter with, e.g. `unshare`. */
  prefix?: string[];
}

/** One press of F5: an adapter on stdio, initialized, its launch request sent. */
export class F5 implements AsyncDisposable {
  readonly client: DapClient;
  readonly began = performance.now();
  readonly launched: Promise<Answer>;
  readonly launchSeq: number;

  private constructor(client: DapClient, options: F5Options) {
    this.client = client;
    const { kubeconfig, namespace, service, configuration } = options;
    const sent = client.send('launch', {
      type: 'localprocess-k8s',
      request: 'launch',
      name: 'test',
      kubeconfig,
      namespace,
      target: service.target,
      ports: service.ports,
      debug: service.debug,
      env: { ANSWERED_BY: 'local' },
      ...configuration,
    });
    this.launched = sent.answer;
    this.launchSeq = sent.seq;
  }

  static async start(options: F5Options): Promise<F5> {
    const [command = '', ...args] = [
      ...(options.prefix ?? []),
      process.execPath,
      mainScript,
      ...(options.args ?? []),
    ];
    const path = `${join(root, '.tools')}:${process.env.PATH ?? ''}`;
    const client = DapClient.start(command, args, {
      env: { ...process.env, PATH: path, ...options.env },
      cwd: root,
    });
    const initialize = {
      adapterID: 'localprocess-k8s',
      pathFormat: 'path',
      linesStartAt1: true,
      columnsStartAt1: true,
    };
    await client.body('initialize', { ...initialize, ...options.client });
    return new F5(client, options);
  }

  /** Sets breakpoints (none: an empty list) when the debugger asks for them, and lets the program run. */
  async configure(file: string, lines: readonly number[]): Promise<void> {
    await this.initialized();
    await this.client.body('setBreakpoints', {
      source: { path: file },
      breakpoints: lines.map((line) => ({ line })),
    });
    await this.client.body('configurationDone');
  }

  /** The `initialized` event; fails with the launch's own words if the launch fails first. */
  async initialized(): Promise<void> {
    const refused = this.launched.then((answer) => {
      if (!answer.success)
        throw new Error(`The launch failed: ${answer.message ?? ''}\n${this.client.tail()}`);
      return new Promise<never>(() => undefined);
    });
    await Promise.race([this.client.waitForEvent('initialized'), refused]);
  }

  /** Resolves when the traffic arrives here. */
  async joined(): Promise<void> {
    await this.said(/is served from this machine now/);
  }

  /** Resolves when the adapter has said something, as console output or as progress. */
  async said(words: RegExp): Promise<void> {
    await Promise.race([
      this.client.waitForEvent('output', ({ body }) => words.test(String(body?.output))),
      this.client.waitForEvent('progressUpdate', ({ body }) => words.test(String(body?.message))),
    ]);
  }

  /** The path of the session's log, as the adapter tells it. */
  logPath(): string {
    const text = [...this.client.events('output'), ...this.client.events('progressUpdate')]
      .map(({ body }) => JSON.stringify(body))
      .join('\n');
    return /Log: ([^"\\\s]+)/.exec(text)?.[1] ?? '';
  }

  /** Stop, as an editor does it. */
  async stop(): Promise<void> {
    await this.client.request('disconnect', { terminateDebuggee: true });
    await this.client.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}

/** The second adapter that an editor starts when it is asked to debug a child of a session. */
export class ChildSession implements AsyncDisposable {
  readonly client: DapClient;
  readonly #asked: DebugProtocol.StartDebuggingRequestArguments;

  constructor(asked: DebugProtocol.StartDebuggingRequestArguments) {
    this.#asked = asked;
    this.client = DapClient.start(process.execPath, [mainScript]);
  }

  /** Sets a breakpoint in the child and lets it run. */
  async debug(file: string, line: number): Promise<DapClient> {
    const { client } = this;
    await client.body('initialize', {
      adapterID: 'localprocess-k8s',
      pathFormat: 'path',
      linesStartAt1: true,
      columnsStartAt1: true,
    });
    const launched = client.request(this.#asked.request, this.#asked.configuration);
    await client.waitForEvent('initialized');
    await client.body('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
    await client.body('configurationDone');
    await launched;
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}
