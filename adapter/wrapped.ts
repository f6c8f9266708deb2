import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ExitedEvent, OutputEvent, TerminatedEvent } from '@vscode/debugadapter';
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
import { debuggerDied, dial, startDebugger, startupPatience, type Debugger } from './debugger/start.ts';
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
  /** How long it may take until it listens, and again until it is initialized, in milliseconds. Default: 30,000. */
  startupTimeout?: number | undefined;
  onTerminated: (restarts: boolean) => void;
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
    const { signal, environment, onProcess, type, startupTimeout = startupPatience } = options;
    const started = await startDebugger(command, {
      signal,
      startupTimeout,
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
    if (started.debuggee) speakFor(started.debuggee, relay);
    const deadline = AbortSignal.timeout(startupTimeout);
    const aborted = once(AbortSignal.any([signal, deadline]), 'abort').then(() => signal.throwIfAborted());
    try {
      signal.throwIfAborted();
      const response = await Promise.race([peer.request('initialize', initializeArguments), aborted]);
      if (!response && deadline.aborted && !peer.ended)
        throw debuggerDied(
          `${named(type)} did not answer "initialize" within ${startupTimeout / 1000} s`,
          started.lastWords(),
        );
      if (!response) throw await wordsOf(started, peer, type);
      if (!response.success)
        throw debuggerDied(
          `${named(type)} refused to start: ${response.message ?? 'no reason given'}`,
          started.lastWords(),
        );
      const capabilities = (response.body ?? {}) as DebugProtocol.Capabilities;
      const given = { type, initializeArguments };
      return new WrappedDebugger({ debugger: started, peer, relay, ...given, capabilities, folds });
    } catch (error) {
      await started.end();
      throw error;
    }
  }

  private constructor(parts: {
    debugger: Debugger;
    peer: Peer;
    relay: Relay;
    type: string;
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
        resolve(await wordsOf(this.#debugger, this.#peer, parts.type));
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

  /** Sends its launch or attach request, the client's `origin`; `settle` gets the answer when it comes. */
  launch(
    request: Message,
    settle: (response: Message | undefined) => void,
    origin: number | undefined,
  ): void {
    this.#peer.relay(request, { origin, settle });
  }

  /** Asks it to let go of the debuggee, and waits a moment for its answer: `undefined` when that does not come. */
  async disconnect(args: DebugProtocol.DisconnectArguments | undefined): Promise<Message | undefined> {
    this.#asked = true;
    const request = Message.of({ type: 'request', command: 'disconnect', arguments: args });
    const answered = this.relay
      .disconnectChildren(args)
      .then(() => new Promise<Message | undefined>((settle) => this.#peer.relay(request, { settle })));
    return Promise.race([answered, delay(disconnectPatience, undefined, { ref: false })]);
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

/** Says of a debuggee what the debugger inside of it cannot. */
function speakFor({ stdout, stderr, exitCode }: NonNullable<Debugger['debuggee']>, relay: Relay): void {
  stdout.on('data', (text: string) => relay.say(new OutputEvent(text, 'stdout')));
  stderr.on('data', (text: string) => relay.say(new OutputEvent(text, 'stderr')));
  void exitCode.then((code) => {
    if (code !== undefined) relay.say(new ExitedEvent(code));
    relay.say(new TerminatedEvent());
  });
}

/** Why a debugger's connection has ended. */
async function wordsOf(started: Debugger, peer: Peer, type: string): Promise<LaunchError> {
  const reason = await peer.closed;
  // Usually its process has ended, and what it said last has then arrived; one that goes on is made to end.
  const how = await howEnded(started, lastWordsPatience);
  await started.end();
  return debuggerDied(endOf({ reason, how, type }), started.lastWords());
}

/**
 * How a debug adapter's process ended whose stream has; `undefined` when it has none here, or goes on for more than
 * `patience` milliseconds.
 */
export async function howEnded({ pid, exited }: Debugger, patience: number): Promise<string | undefined> {
  if (pid === undefined) return undefined;
  return Promise.race([exited, delay(patience, undefined, { ref: false })]);
}

/** A debug adapter's end in a sentence without its period: `reason` of its stream, `how` its process ended. */
export function endOf(end: { reason: Error | undefined; how: string | undefined; type?: string }): string {
  const { reason, how } = end;
  const what =
    reason instanceof FramingError
      ? `cannot be understood: ${reason.message.replace(/\.$/, '')}`
      : how === undefined
        ? 'closed the connection'
        : `ended ${how}`;
  return `${named(end.type)} ${what}`;
}

/** Subject of a sentence; a debug adapter that gets everything as it comes may have no type. */
function named(type: string | null | undefined): string {
  return type ? `The debug adapter for "${type}"` : 'The debug adapter';
}

/** The request that makes a debugger begin, of its own arguments. */
export function launchRequest(args: Record<string, unknown>): Message {
  const command = args.request === 'attach' ? 'attach' : 'launch';
  return Message.of({ type: 'request', command, arguments: args });
}
