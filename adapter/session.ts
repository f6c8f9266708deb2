import { setTimeout as delay } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import { CapabilitiesEvent, OutputEvent, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { difference, offered } from './dap/capabilities.ts';
import { readMarker, type Marker } from './dap/children.ts';
import { failureBody } from './dap/failure.ts';
import { Message } from './dap/message.ts';
import { Peer } from './dap/peer.ts';
import { EditorProgress } from './dap/progress.ts';
import { serveOnStdio, serveOnTcp, type Conversation, type TcpServer } from './dap/server.ts';
import { TerminalChannels } from './dap/terminal.ts';
import type { DebuggerCommand } from './debugger/command.ts';
import { spawnEnvironment, type Environment } from './debugger/environment.ts';
import { findDebugger } from './debugger/presets.ts';
import { childArguments } from './debugger/arguments.ts';
import { LaunchError, messageOf } from './errors.ts';
import type { Connected, LaunchContext } from './launch.ts';
import { WrappedDebugger } from './wrapped.ts';

/** How long leaving the cluster may hold back the debugger's end, in milliseconds: editors wait 2 s in all. */
const leavePatience = 1000;

export interface SessionOptions {
  /** The story of a launch: adapter/launch.ts. */
  launch(configuration: unknown, context: LaunchContext): Promise<Connected>;
  /** This program's entry, for what it starts of itself. */
  mainScript: string;
  /** The debugger that sessions will use: it is started before `initialize` is answered, so that the answer is its own. */
  debuggerType?: string;
}

/** Serves one editor on standard input and output; resolves when everything is undone. */
export function serveStdio(options: SessionOptions): Promise<void> {
  return serveOnStdio((input, output, framing) => new Session(input, output, { ...options, ...framing }));
}

/** Serves every editor that connects to `port` of 127.0.0.1 (0: a free port), until it is disposed. */
export function serveTcp(port: number, options: SessionOptions): Promise<TcpServer> {
  return serveOnTcp(port, (input, output, framing) => new Session(input, output, { ...options, ...framing }));
}

type Stage = 'new' | 'launching' | 'running' | 'over';

/** One debug session as the editor sees it, from `initialize` until everything is undone. */
export class Session implements Conversation {
  readonly done: Promise<void>;
  readonly #client: Peer;
  readonly #options: SessionOptions;
  readonly #abort = new AbortController();
  readonly #terminals = new TerminalChannels();
  #stage: Stage = 'new';
  #initializeArguments: DebugProtocol.InitializeRequestArguments | undefined;
  #initialized: Promise<void> = Promise.resolve();
  /** The capabilities that the editor knows of. */
  #told: DebugProtocol.Capabilities = {};
  #progress: EditorProgress | undefined;
  #launchRequest: Message | undefined;
  #debugger: { wrapped: WrappedDebugger; command: DebuggerCommand } | undefined;
  #arguments: ((debug: LaunchedDebug) => Promise<Record<string, unknown>>) | undefined;
  /** Requests for a debugger that is not there yet. */
  #queue: Message[] = [];
  #connection: Promise<Connected> | undefined;
  #leaving: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #terminatedSent = false;
  #resolveDone: () => void = () => undefined;

  constructor(input: Readable, output: Writable, options: SessionOptions & { strict?: boolean }) {
    this.#options = options;
    this.done = new Promise((resolve) => (this.#resolveDone = resolve));
    this.#client = new Peer(input, output, { strict: options.strict ?? false });
    this.#client.listen({
      request: (request) => this.#request(request),
      event: () => undefined, // Editors send none.
    });
    void this.#client.closed.then(() => this.end());
  }

  /** Ends the session as if the editor had gone. Resolves when everything is undone. */
  end(): Promise<void> {
    return this.#end();
  }

  #request(request: Message): void {
    const handle = async () => {
      switch (request.name) {
        case 'initialize': {
          await (this.#initialized = this.#initialize(request));
          return;
        }
        case 'launch':
        case 'attach': {
          await this.#launch(request);
          return;
        }
        case 'cancel':
          this.#cancel(request);
          return;
        case 'terminate': {
          await this.#terminate(request);
          return;
        }
        case 'disconnect':
          await this.#end(request.read('disconnect').arguments ?? {}, request);
          return;
        default:
          this.#forward(request);
      }
    };
    handle().catch((error: unknown) => this.#client.refuse(request, messageOf(error), failureBody(error)));
  }

  async #initialize(request: Message): Promise<void> {
    this.#initializeArguments = request.read('initialize').arguments;
    const { debuggerType } = this.#options;
    if (debuggerType !== undefined) {
      try {
        const command = await findDebugger(debuggerType, undefined, process.cwd());
        await this.#start(command, debuggerType);
      } catch {
        // The launch meets the same fault, knows the whole configuration, and says it in the right place.
      }
    }
    this.#told = offered(this.#debugger?.wrapped.capabilities);
    this.#client.respond(request, this.#told);
    this.#debugger?.wrapped.relay.release();
  }

  /** Starts a debugger in the place of one that may be there. */
  async #start(
    command: DebuggerCommand,
    type: string,
    more: { environment?: Environment; onProcess?: (pid: number) => void } = {},
  ): Promise<WrappedDebugger> {
    const before = this.#debugger;
    this.#debugger = undefined;
    await before?.wrapped.end();
    const wrapped = await WrappedDebugger.start(command, {
      client: this.#client,
      type,
      initializeArguments: this.#initializeArguments ?? { adapterID: type },
      terminals: this.#terminals,
      mainScript: this.#options.mainScript,
      signal: this.#abort.signal,
      ...more,
      onTerminated: () => {
        this.#terminatedSent = true;
        void this.#leave(false);
      },
    });
    this.#debugger = { wrapped, command };
    void wrapped.died.then((error) => this.#died(wrapped, error));
    return wrapped;
  }

  async #launch(request: Message): Promise<void> {
    if (this.#stage !== 'new' || !this.#initializeArguments) {
      throw new Error(`Cannot ${request.name} now: a session is initialized once and launched once.`);
    }
    this.#stage = 'launching';
    this.#launchRequest = request;
    await this.#initialized;
    const args = request.read('launch').arguments as Record<string, unknown>;
    this.#progress = new EditorProgress(
      this.#client,
      this.#initializeArguments.supportsProgressReporting ?? false,
    );
    try {
      const marked = readMarker(args);
      if (marked) {
        await this.#join(request, marked);
        return;
      }
      this.#connection = this.#options.launch(args, {
        signal: this.#abort.signal,
        progress: this.#progress,
        mainScript: this.#options.mainScript,
        delegate: (debug, environment, debugAdapter, onProcess) =>
          this.#delegate(args, { debug, environment, debugAdapter, onProcess }),
      });
      const connected = await this.#connection;
      void connected.lost.then((error) => this.#lost(error));
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#progress.end();
    }
  }

  /** Step 8 of the story: the debugger is started, or has been, and gets the user's own configuration. */
  async #delegate(outer: Record<string, unknown>, given: Delegation): Promise<{ processId?: number }> {
    const { debug, environment, debugAdapter, onProcess } = given;
    const command = await findDebugger(debug.type, debugAdapter, process.cwd(), debug);
    const spawned = spawnEnvironment(debug.type, environment);
    const early = this.#debugger;
    const fits =
      early && JSON.stringify(early.command) === JSON.stringify(command) && Object.keys(spawned).length === 0;
    if (fits && early.wrapped.pid !== undefined) onProcess(early.wrapped.pid);
    const wrapped = fits
      ? early.wrapped
      : await this.#start(command, debug.type, { environment: spawned, onProcess });
    this.#arguments = (one) => childArguments(one, { outer, environment, folds: wrapped.folds });
    wrapped.relay.environment = environment;
    this.#hand(wrapped, await this.#arguments(debug));
    const { processId } = debug;
    return typeof processId === 'number' ? { processId } : {};
  }

  /** A child session: its debugger runs already, and the parent has the connection to the cluster. */
  async #join(
    _request: Message,
    { marker, configuration }: { marker: Marker; configuration: Record<string, unknown> },
  ): Promise<void> {
    const { host, port, type } = marker;
    const wrapped = await this.#start({ by: 'address', host, port }, type);
    const request = this.#launchRequest?.name ?? 'launch';
    this.#hand(wrapped, { ...configuration, request: configuration.request ?? request });
  }

  /** Gives the debugger its launch arguments, and the editor its debugger. */
  #hand(wrapped: WrappedDebugger, args: Record<string, unknown>): void {
    this.#abort.signal.throwIfAborted();
    const request = this.#launchRequest;
    if (!request) throw new Error('Cannot launch: nobody asked for it.');
    const news = difference(this.#told, offered(wrapped.capabilities));
    if (news) this.#client.event(new CapabilitiesEvent(news));
    this.#told = offered(wrapped.capabilities);
    wrapped.relay.release();
    wrapped.launch(request, args, (response) => {
      if (response) void this.#launched(response);
    });
    this.#stage = 'running';
    wrapped.relay.releaseInitialized();
    const queue = this.#queue;
    this.#queue = [];
    for (const waiting of queue) this.#forward(waiting);
  }

  async #launched(response: Message): Promise<void> {
    const request = this.#launchRequest;
    if (!request) return;
    this.#launchRequest = undefined;
    const { success } = response.read('response');
    if (!success) await this.#leave(false);
    this.#client.send(response, { requestSeq: request.seq });
    if (!success) this.#sayTerminated();
  }

  /** The launch failed, or was cancelled: it has undone what it did. */
  async #failed(error: unknown): Promise<void> {
    this.#stage = 'over';
    await this.#debugger?.wrapped.end();
    this.#refuseLaunch(error);
    this.#refuseQueue();
    this.#sayTerminated();
  }

  /** The debugger ended and nobody had asked it to. */
  async #died(wrapped: WrappedDebugger, error: LaunchError): Promise<void> {
    if (this.#debugger?.wrapped !== wrapped || this.#ending) return;
    if (this.#stage !== 'running') {
      this.#debugger = undefined; // Started early: the launch will start another.
      return;
    }
    this.#stage = 'over';
    const leaving = this.#leave(false);
    if (!this.#terminatedSent) this.#client.event(new OutputEvent(`${error.message}\n`, 'stderr'));
    this.#refuseLaunch(error);
    await Promise.all([leaving, wrapped.end()]);
    this.#sayTerminated();
  }

  /** The connection to the cluster ended by itself: what the debuggee would do now helps nobody. */
  async #lost(error: LaunchError): Promise<void> {
    if (this.#ending || this.#leaving) return;
    this.#client.event(new OutputEvent(`${error.message}\n`, 'important'));
    await this.#leave(false);
    this.#sayTerminated();
  }

  #forward(request: Message): void {
    const wrapped = this.#debugger?.wrapped;
    if (this.#stage === 'over') {
      this.#client.refuse(request, `Cannot answer "${request.name}": the debugger has ended.`);
    } else if (this.#stage !== 'running' || !wrapped) {
      this.#queue.push(request);
    } else if (
      request.name === 'configurationDone' &&
      !wrapped.capabilities.supportsConfigurationDoneRequest
    ) {
      wrapped.relay.configured();
      this.#client.respond(request);
    } else if (request.name === 'restart') {
      this.#restart(request, wrapped).catch((error: unknown) =>
        this.#client.refuse(request, messageOf(error), failureBody(error)),
      );
    } else {
      wrapped.relay.forward(request);
    }
  }

  /** `restart` carries the launch arguments anew: ours, so they become the debugger's as those of `launch` did. */
  async #restart(request: Message, wrapped: WrappedDebugger): Promise<void> {
    const content = request.read('restart');
    const anew = content.arguments?.arguments as { debug?: LaunchedDebug } | undefined;
    if (!anew?.debug || !this.#arguments) {
      wrapped.relay.forward(request);
      return;
    }
    const args = { ...content.arguments, arguments: await this.#arguments(anew.debug) };
    wrapped.relay.forward(Message.of({ ...content, type: 'request', arguments: args }, request.seq));
  }

  #cancel(request: Message): void {
    const { requestId, progressId } = request.read('cancel').arguments ?? {};
    const ours = progressId !== undefined && progressId === this.#progress?.id;
    const launch = requestId !== undefined && requestId === this.#launchRequest?.seq;
    const waiting = this.#queue.findIndex(({ seq }) => seq === requestId);
    const wrapped = this.#stage === 'running' ? this.#debugger?.wrapped : undefined;
    if ((ours || launch) && this.#stage === 'launching') {
      this.#abort.abort(cancelled());
    } else if (waiting >= 0) {
      for (const one of this.#queue.splice(waiting, 1)) this.#client.refuse(one, 'cancelled');
    } else if (wrapped?.capabilities.supportsCancelRequest && !ours) {
      if (requestId === undefined) {
        wrapped.relay.forward(request);
        return;
      }
      if (wrapped.relay.cancel(request, requestId)) return;
    }
    // A hint that comes too late, or to somebody who cannot take it, is no failure.
    this.#client.respond(request);
  }

  async #terminate(request: Message): Promise<void> {
    const wrapped = this.#debugger?.wrapped;
    if (this.#stage === 'launching') {
      this.#abort.abort(cancelled());
      this.#client.respond(request);
    } else if (this.#stage !== 'running' || !wrapped) {
      this.#client.respond(request);
    } else {
      await this.#leaveInTime(wrapped);
      if (wrapped.capabilities.supportsTerminateRequest) {
        wrapped.relay.forward(request);
        return;
      }
      await wrapped.disconnect({ terminateDebuggee: true });
      this.#client.respond(request);
      this.#sayTerminated();
    }
  }

  /** Leaves the cluster, lets the debugger go, says so, ends: in this order, within the editor's patience. */
  async #end(args?: DebugProtocol.DisconnectArguments, request?: Message): Promise<void> {
    this.#ending ??= this.#endOnce(args, request);
    await this.#ending;
  }

  async #endOnce(
    args: DebugProtocol.DisconnectArguments | undefined,
    request: Message | undefined,
  ): Promise<void> {
    if (this.#stage !== 'running') this.#abort.abort(cancelled());
    await this.#initialized.catch(() => undefined);
    await this.#leaveInTime(this.#debugger?.wrapped);
    const alone = args?.terminateDebuggee === false;
    const wrapped = this.#debugger?.wrapped;
    if (this.#stage === 'running') await wrapped?.disconnect(args ?? {});
    this.#stage = 'over';
    this.#refuseLaunch(cancelled());
    this.#refuseQueue();
    if (request) this.#client.respond(request);
    await Promise.all([wrapped?.end({ alone }), this.#leave(false), this.#terminals[Symbol.asyncDispose]()]);
    await this.#client.end();
    this.#resolveDone();
  }

  /** Leaves the cluster; waits for it only so long that the debugger can be ended in time as well. */
  async #leaveInTime(wrapped: WrappedDebugger | undefined): Promise<void> {
    const inFlight = !this.#terminatedSent && this.#stage === 'running' && wrapped?.relay.paused === false;
    await Promise.race([this.#leave(inFlight), delay(leavePatience, undefined, { ref: false })]);
  }

  #leave(inFlight: boolean): Promise<void> {
    this.#leaving ??= (async () => {
      // A launch that failed has undone everything itself.
      const connected = await this.#connection?.catch(() => undefined);
      await connected?.leave({ inFlight });
    })();
    return this.#leaving;
  }

  #refuseLaunch(error: unknown): void {
    const request = this.#launchRequest;
    this.#launchRequest = undefined;
    if (request) this.#client.refuse(request, messageOf(error), failureBody(error));
  }

  #refuseQueue(): void {
    for (const request of this.#queue.splice(0)) {
      this.#client.refuse(request, `Cannot answer "${request.name}": there is no debugger.`);
    }
  }

  #sayTerminated(): void {
    if (this.#terminatedSent) return;
    this.#terminatedSent = true;
    this.#client.event(new TerminatedEvent());
  }
}

type LaunchedDebug = Parameters<LaunchContext['delegate']>[0];

interface Delegation {
  debug: LaunchedDebug;
  environment: Environment;
  debugAdapter: Parameters<LaunchContext['delegate']>[2];
  onProcess: (pid: number) => void;
}

function cancelled(): LaunchError {
  return new LaunchError('cancelled', 'The launch was cancelled; everything is as it was.');
}
