import { once } from 'node:events';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { familyOf, readKinship } from '../../adapter/machine/processes/kinship.ts';
import { DapClient, type Answer } from '../dap/client.ts';

/** Where a debuggee is to stop. */
export interface Place {
  file: string;
  line: number;
}

/** What an editor is known to do: what it sends and in which order, how long it waits, how it ends. */
export interface Editor {
  readonly name: string;
  /** What it says of itself, but for `adapterID`. */
  readonly initialize: Omit<DebugProtocol.InitializeRequestArguments, 'adapterID'> & Record<string, unknown>;
  /** The number of its first request. */
  readonly firstSeq: 0 | 1;
  /** How long it waits for an answer, in milliseconds; for some requests another time than for `any`. */
  readonly patience: { readonly any: number; readonly [command: string]: number };
  /** What it puts into the launch arguments beside what the user has written. */
  readonly adds: Record<string, unknown>;
  /** How its user has to write what is an object in a configuration. Default: as an object. */
  readonly writes?: (value: object) => unknown;
  /** All the events that it bears. Default: any. */
  readonly knownEvents?: readonly string[];
  /** It asks for the launch without waiting for the answer to `initialize`. */
  readonly pipelines?: true;
  /** It is told to start the adapter with `--debugger TYPE`: the debugger is there before `initialize` is answered. */
  readonly namesDebugger?: true;
  /** What it does when `capabilities` change before the session is initialized. Default: it takes note. */
  readonly onCapabilities?: (run: Run) => void;
  /** What it does on `initialized`. */
  configure(run: Run, place: Place): Promise<void>;
  /** What it asks on `stopped`. Resolves with the variables of the top frame. */
  look(run: Run, stopped: DebugProtocol.StoppedEvent['body']): Promise<DebugProtocol.Variable[]>;
  /** What it does when `terminated` has come by itself. */
  afterTerminated(run: Run): Promise<void>;
  /** What it does when the user stops the session. */
  stop(run: Run): Promise<void>;
}

/** How the adapter is started or reached. */
export interface Access {
  mainScript: string;
  /** The program to start, where it is not Node.js with `mainScript`. */
  program?: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Its working folder. Default: this process's. */
  cwd?: string;
}

/** One session of an editor with the adapter. */
export class Run implements AsyncDisposable {
  readonly editor: Editor;
  readonly client: DapClient;
  /** The answer to the launch request. */
  launched = new Promise<Answer>(() => undefined);
  readonly #children: Run[] = [];
  #onChild: () => void = () => undefined;
  #capabilities: DebugProtocol.Capabilities = {};

  /** Starts the adapter as a program that speaks on its standard streams. */
  static start(editor: Editor, access: Access): Run {
    const { mainScript, program, args = [], env, cwd = process.cwd() } = access;
    const [command, words] = program === undefined ? [process.execPath, [mainScript]] : [program, []];
    const client = DapClient.start(command, [...words, ...args], {
      cwd,
      ...(env && { env: { ...process.env, ...env } }),
    });
    return new Run(editor, client, () => Run.start(editor, access));
  }

  /** Dials an adapter that listens. */
  static async dial(editor: Editor, port: number): Promise<Run> {
    return new Run(editor, await DapClient.dial(port), () => Run.dial(editor, port));
  }

  private constructor(editor: Editor, client: DapClient, again: () => Run | Promise<Run>) {
    this.editor = editor;
    this.client = client;
    client.nextSeq = editor.firstSeq;
    client.onEvent('capabilities', ({ body }) => {
      Object.assign(this.#capabilities, body?.capabilities);
      editor.onCapabilities?.(this);
    });
    if (editor.initialize.supportsStartDebuggingRequest !== true) return;
    client.onRequest('startDebugging', async ({ arguments: args }) => {
      const { configuration, request } = args as unknown as DebugProtocol.StartDebuggingRequestArguments;
      // No configuration of ours leads past the adapter (VS Code would follow `debugServer`): another one is begun.
      const child = await again();
      void child.begin(configuration, request);
      this.#children.push(child);
      this.#onChild();
      return {};
    });
  }

  /** Resolves with the child session of that number, counted from 0, when the debugger has begun it. */
  async child(index = 0): Promise<Run> {
    for (;;) {
      const child = this.#children[index];
      if (child) return child;
      await new Promise<void>((resolve) => (this.#onChild = resolve));
    }
  }

  /** Says hello and asks for the launch. Resolves when the editor has been told what the debugger can do. */
  async begin(configuration: Record<string, unknown>, request = 'launch', adapterID?: string | null) {
    const { client, editor } = this;
    const launch = () =>
      (this.launched = client.send(request, { ...sent(editor, configuration), request }).answer);
    const id = adapterID === undefined ? 'localprocess-k8s' : adapterID;
    const hello = client.body('initialize', { ...editor.initialize, adapterID: id });
    if (editor.pipelines) void launch();
    this.#capabilities = { ...(await hello), ...this.#capabilities };
    if (!editor.pipelines) void launch();
  }

  /** What the editor has been told. */
  get capabilities(): DebugProtocol.Capabilities {
    return this.#capabilities;
  }

  /** Configures the debugger as the editor does, runs to the place, and looks at it. */
  async stopAt(place: Place): Promise<{ threadId: number; variables: DebugProtocol.Variable[] }> {
    await this.client.waitForEvent('initialized');
    await this.editor.configure(this, place);
    return this.lookAround();
  }

  /** Waits for a stop, and looks at it as the editor does. */
  async lookAround(): Promise<{ threadId: number; variables: DebugProtocol.Variable[] }> {
    const { body } = await this.client.waitForEvent('stopped');
    const stopped = body as DebugProtocol.StoppedEvent['body'];
    return { threadId: stopped.threadId ?? 0, variables: await this.editor.look(this, stopped) };
  }

  /** The adapter and all that descends from it, at this moment. */
  async family(): Promise<number[]> {
    const { pid } = this.client.process ?? {};
    if (pid === undefined) throw new Error('The adapter was not started here.');
    return [...familyOf([pid], await readKinship())];
  }

  /** Sends the adapter a signal; closes the connection to one that was dialled. */
  signal(name: NodeJS.Signals): void {
    if (this.client.process) this.client.process.kill(name);
    else this.client.hangUp();
  }

  /** Resolves, with how, when the adapter's process has ended. */
  async exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const { process } = this.client;
    if (!process) throw new Error('The adapter was not started here.');
    if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
    return { code: process.exitCode, signal: process.signalCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await child[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
  }
}

/** The launch arguments that an editor makes of a configuration. */
export function sent(
  { adds, writes = (value) => value }: Editor,
  configuration: object,
): Record<string, unknown> {
  const entries = Object.entries(configuration as Record<string, unknown>).map(([name, value]) => {
    const object = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [name, object ? writes(value) : value] as const;
  });
  return { ...adds, ...Object.fromEntries(entries) };
}
