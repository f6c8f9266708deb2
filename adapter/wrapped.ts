import { setTimeout as delay } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { initializeResponse } from './dap/editor.ts';
import { FramingError } from './dap/framing.ts';
import { Message } from './dap/message.ts';
import { Peer, type Observer } from './dap/peer.ts';
import { Relay } from './dap/relay.ts';
import type { TerminalChannels } from './dap/terminal.ts';
import type { DebuggerCommand } from './debugger/command.ts';
import type { Environment } from './debugger/environment.ts';
import { presetOf } from './debugger/presets.ts';
import { debuggerDied, dial, startDebugger, type Debugger } from './debugger/start.ts';
import { LaunchError } from './errors.ts';

/** How long a debugger may take to answer `disconnect`, in milliseconds: editors end us 2 s after theirs. */
const disconnectPatience = 700;
/** How long the stream of a debugger that has ended may stay open, in milliseconds. */
const lastWordsPatience = 200;

export interface WrappedOptions {
  client: Peer;
  /** The debugger's `debug.type`. */
  type: string;
  /** What the client sent with `initialize`. */
  initializeArguments: DebugProtocol.InitializeRequestArguments;
  terminals: TerminalChannels;
  mainScript: string;
  signal: AbortSignal;
  /** Variables the debugger itself is started with. */
  environment?: Environment;
  onProcess?: (pid: number) => void;
  onTerminated: () => void;
}

/** The user's own debugger: running, initialized, and connected to the editor by a relay. */
export class WrappedDebugger {
  readonly relay: Relay;
  readonly capabilities: DebugProtocol.Capabilities;
  /** Whether its child sessions take place in this one. */
  readonly folds: boolean;
  /** Resolves when it has ended without being asked to. */
  readonly died: Promise<LaunchError>;
  readonly #debugger: Debugger;
  readonly #peer: Peer;
  readonly #initializeArguments: unknown;
  #asked = false;

  /** Starts and initializes it. Throws a `LaunchError`; leaves nothing running then. */
  static async start(command: DebuggerCommand, options: WrappedOptions): Promise<WrappedDebugger> {
    const { signal, environment, onProcess, type } = options;
    const started = await startDebugger(command, {
      signal,
      ...(environment ? { environment } : {}),
      ...(onProcess ? { onProcess } : {}),
    });
    const peer = new Peer(started.input, started.output);
    const folds =
      presetOf(type)?.debugsInChildren === true &&
      options.initializeArguments.supportsStartDebuggingRequest !== true;
    const initializeArguments = {
      ...options.initializeArguments,
      adapterID: type,
      ...(folds ? { supportsStartDebuggingRequest: true } : {}),
    };
    const relay = new Relay({
      client: options.client,
      adapter: peer,
      initializeArguments,
      address: started.address,
      dial: async (address) => {
        const socket = await dial(address, signal);
        return new Peer(socket, socket);
      },
      fold: folds,
      terminals: options.terminals,
      mainScript: options.mainScript,
      onTerminated: options.onTerminated,
    });
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      const response = await Promise.race([peer.request('initialize', initializeArguments), aborted]);
      if (!response) throw await wordsOf(started, peer);
      if (!response.success) {
        throw debuggerDied(
          `The debugger "${type}" refused to start: ${response.message ?? 'no reason given'}`,
          started.lastWords(),
        );
      }
      const capabilities = (response.body ?? {}) as DebugProtocol.Capabilities;
      return new WrappedDebugger({
        debugger: started,
        peer,
        relay,
        initializeArguments,
        capabilities,
        folds,
      });
    } catch (error) {
      await started.end();
      throw error;
    }
  }

  private constructor(parts: {
    debugger: Debugger;
    peer: Peer;
    relay: Relay;
    initializeArguments: unknown;
    capabilities: DebugProtocol.Capabilities;
    folds: boolean;
  }) {
    this.#debugger = parts.debugger;
    this.#peer = parts.peer;
    this.relay = parts.relay;
    this.#initializeArguments = parts.initializeArguments;
    this.capabilities = parts.capabilities;
    this.folds = parts.folds;
    this.died = new Promise((resolve) => {
      void this.#peer.closed.then(async () => {
        if (this.#asked) return;
        resolve(await wordsOf(this.#debugger, this.#peer));
      });
    });
  }

  /** Its process; `undefined` when it was only dialled. */
  get pid(): number | undefined {
    return this.#debugger.pid;
  }

  /** Whether its connection has ended. */
  get ended(): boolean {
    return this.#peer.ended;
  }

  /** Whether it takes `configurationDone`; otherwise it is answered here. */
  get wantsConfigurationDone(): boolean {
    return this.capabilities.supportsConfigurationDoneRequest === true;
  }

  /** Shows everything that is said from now on, and before it how the conversation began. */
  show(observer: Observer, ofChild: Observer): void {
    const args = { command: 'initialize', arguments: this.#initializeArguments };
    observer('out', Message.of({ type: 'request', ...args }), 1, 0);
    observer('in', initializeResponse(this.capabilities), 1, 1);
    this.#peer.observer = observer;
    this.relay.observer = ofChild;
  }

  /** Sends its launch or attach request; `settle` gets the answer when it comes. */
  launch(request: Message, settle: (response: Message | undefined) => void): void {
    this.#peer.relay(request, { settle });
  }

  /** Asks it to let go of the debuggee, and waits a moment for its answer: `undefined` when that does not come. */
  async disconnect(args: DebugProtocol.DisconnectArguments | undefined): Promise<Message | undefined> {
    this.#asked = true;
    const request = Message.of({ type: 'request', command: 'disconnect', arguments: args });
    return Promise.race([
      new Promise<Message | undefined>((resolve) => this.#peer.relay(request, { settle: resolve })),
      delay(disconnectPatience, undefined, { ref: false }),
    ]);
  }

  /** Ends its connections and its process; `alone` spares what it has started. */
  async end(options: { alone?: boolean } = {}): Promise<void> {
    this.#asked = true;
    this.relay.end();
    await this.#debugger.end(options);
    // What it said last is still on its way; only one that escaped could hold its stream open from now on.
    await Promise.race([this.#peer.closed, delay(lastWordsPatience, undefined, { ref: false })]);
    this.#peer.destroy();
  }
}

/** Why a debugger's connection has ended. */
async function wordsOf(started: Debugger, peer: Peer): Promise<LaunchError> {
  const reason = await peer.closed;
  // A process whose stream has ended ends as well, or is made to; what it said last has then arrived.
  const how = await Promise.race([started.exited, started.end().then(() => undefined)]);
  if (reason instanceof FramingError)
    return debuggerDied(`The debug adapter cannot be understood: ${reason.message}`, started.lastWords());
  return debuggerDied(`The debug adapter ended ${how ?? 'the connection'}`, started.lastWords());
}

/** The request that makes a debugger begin, of its own arguments. */
export function launchRequest(args: Record<string, unknown>): Message {
  const command = args.request === 'attach' ? 'attach' : 'launch';
  return Message.of({ type: 'request', command, arguments: args });
}
