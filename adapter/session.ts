import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { CurrentDebugger } from './currentDebugger.ts';
import { readMarker, startsChildren } from './dap/children.ts';
import { Editor } from './dap/editor.ts';
import { expected } from './dap/expected.ts';
import type { Message } from './dap/message.ts';
import { EditorProgress } from './dap/progress.ts';
import { Questions } from './dap/questions.ts';
import type { Conversation } from './dap/server.ts';
import { TerminalChannels } from './dap/terminal.ts';
import { Departure } from './departure.ts';
import { cancelled, type LaunchError } from './errors.ts';
import type { Connected, LaunchContext } from './launch.ts';
import { tellStates, wantsStates } from './states.ts';
import { writeDown } from './trace.ts';
import { launchRequest, type WrappedDebugger } from './wrapped.ts';

/** How long leaving the cluster may hold back the debugger's end, in milliseconds: editors wait 2 s in all. */
const leavePatience = 1000;

export interface SessionOptions {
  /** The story of a launch: adapter/launch.ts. */
  launch: (configuration: unknown, context: LaunchContext) => Promise<Connected>;
  /** This program's entry, for what it starts of itself. */
  mainScript: string;
  /** The debugger that sessions will use: it is started before `initialize` is answered, where it can be, so that the answer is its own. */
  debuggerType?: string;
  /** The command of the editor that does what follows from an error. Default: none. */
  nextCommand?: string;
  /** How long a debugger may take until it listens, and again until it is initialized, in milliseconds. Default: 30,000. */
  startupTimeout?: number;
}

/** One debug session as the editor sees it, from `initialize` until everything is undone. */
export class Session implements Conversation {
  readonly done: Promise<void>;
  readonly #editor: Editor;
  readonly #options: SessionOptions;
  readonly #abort = new AbortController();
  readonly #terminals = new TerminalChannels();
  readonly #questions: Questions;
  readonly #departure = new Departure();
  #stage: 'new' | 'launching' | 'running' | 'over' = 'new';
  #initialized: Promise<void> = Promise.resolve();
  #progress: EditorProgress | undefined;
  readonly #debugger: CurrentDebugger;
  #connected: Connected | undefined;
  #ending: Promise<void> | undefined;
  /** Whether the editor ends the debugger in order to start it again. */
  #restarts = false;
  #resolveDone: () => void = () => undefined;

  constructor(input: Readable, output: Writable, options: SessionOptions & { strict?: boolean }) {
    this.#options = options;
    this.done = new Promise((resolve) => (this.#resolveDone = resolve));
    this.#editor = new Editor(input, output, options);
    this.#questions = new Questions(this.#editor.peer);
    this.#debugger = new CurrentDebugger({
      client: this.#editor.peer,
      terminals: this.#terminals,
      mainScript: options.mainScript,
      signal: this.#abort.signal,
      startupTimeout: options.startupTimeout,
      onTerminated: (restarts) => {
        this.#editor.noteEnd();
        // An editor that begins anew says so when it disconnects.
        if (!restarts && !this.#restarts) void this.#departure.leave();
      },
    });
    this.#editor.peer.listen({
      request: (request) => {
        this.#request(request).catch((error: unknown) => this.#editor.fail(request, error));
      },
      event: () => undefined, // Editors send none.
    });
    void this.#editor.peer.closed.then(() => this.end());
  }

  /** Ends the session as if the editor had gone. Resolves when everything is undone. */
  end(): Promise<void> {
    this.#ending ??= this.#endOnce();
    return this.#ending;
  }

  async #request(request: Message): Promise<void> {
    switch (request.name) {
      case 'initialize':
        return (this.#initialized = this.#initialize(request));
      case 'launch':
      case 'attach':
        return this.#launch(request);
      case 'cancel':
        this.#cancel(request);
        return;
      case 'localprocess-k8s.answer':
        this.#questions.answer(request);
        return;
      case 'terminate':
        return this.#terminate(request);
      case 'localprocess-k8s.diagnostics':
        return this.#diagnose(request);
      case 'disconnect':
        this.#ending ??= this.#endOnce(request.read('disconnect').arguments, request);
        return this.#ending;
      default:
        return this.#forward(request);
    }
  }

  async #initialize(request: Message): Promise<void> {
    const { arguments: args } = request.read('initialize');
    this.#editor.initializeArguments = this.#debugger.initializeArguments = args;
    const type = this.#options.debuggerType;
    // A launch that meets the same fault knows more, and says it in the right place.
    if (type !== undefined) await this.#debugger.startEarly(type).catch(() => undefined);
    this.#editor.offer(request, this.#debugger.wrapped?.capabilities ?? expected(type));
    this.#debugger.wrapped?.relay.release();
  }

  async #launch(request: Message): Promise<void> {
    const { initializeArguments } = this.#editor;
    if (this.#stage !== 'new' || !initializeArguments) {
      throw new Error(`Cannot ${request.name} now: a session is initialized once and launched once.`);
    }
    this.#stage = 'launching';
    this.#editor.launchRequest = request;
    await this.#initialized;
    const supported = initializeArguments.supportsProgressReporting ?? false;
    const progress = new EditorProgress(this.#editor.peer, supported);
    this.#progress = progress;
    try {
      const args = request.read('launch').arguments as Record<string, unknown>;
      this.#editor.debugSession = args.__sessionId;
      progress.popsUp = !wantsStates(args);
      const child = readMarker(args);
      if (child) {
        // Its debugger runs already, and the parent has the connection to the cluster.
        const wrapped = await this.#debugger.join(child.marker);
        wrapped.relay.announcesChildren = startsChildren(args);
        this.#hand(wrapped, launchRequest({ request: request.name, ...child.configuration }));
        return;
      }
      const context = this.#context(args, progress);
      const connected = await this.#departure.from(this.#options.launch(args, context));
      this.#connected = connected;
      if (wantsStates(args)) tellStates(this.#editor.peer, connected);
      void connected.lost.then((error) => this.#lost(error));
    } catch (error) {
      await this.#failed(error);
    } finally {
      progress.end();
    }
  }

  #context(args: Record<string, unknown>, progress: EditorProgress): LaunchContext {
    return {
      signal: this.#abort.signal,
      progress,
      mainScript: this.#options.mainScript,
      find: (configuration) => this.#debugger.find(configuration, args),
      ...(Questions.areTakenBy(args) && {
        ask: (question, signal) => this.#questions.ask(question, signal),
      }),
      delegate: async (given) => {
        const { wrapped, request } = await this.#debugger.startWith(given, args);
        wrapped.relay.announcesChildren = startsChildren(args);
        writeDown(this.#editor, wrapped, given);
        this.#hand(wrapped, request);
      },
    };
  }

  /** Gives the debugger its launch request, and the editor its debugger. */
  #hand(wrapped: WrappedDebugger, request: Message): void {
    this.#abort.signal.throwIfAborted();
    this.#editor.correct(wrapped.capabilities);
    wrapped.relay.release();
    const settle = (response: Message | undefined) => {
      if (response) void this.#launched(response, response.read('response').success);
    };
    wrapped.launch(request, settle, this.#editor.launchRequest?.seq);
    this.#stage = 'running';
    void wrapped.died.then((error) => this.#died(wrapped, error));
    wrapped.relay.releaseInitialized();
    this.#editor.releaseKept((kept) => this.#forward(kept));
  }

  async #launched(response: Message, success: boolean): Promise<void> {
    // Editors show the failure and go: what they see then has to be undone.
    if (!success) await this.#departure.leave();
    this.#progress?.end();
    this.#editor.answerLaunch(response);
    if (!success) this.#editor.sayEnd();
  }

  /** The launch failed, or was cancelled, and has undone what it did. */
  async #failed(error: unknown): Promise<void> {
    this.#stage = 'over';
    await this.#debugger.wrapped?.end();
    this.#failLaunch(error);
    this.#editor.declineKept();
    this.#editor.sayEnd();
  }

  /** Answers the launch request with an error, if it still waits for its answer. */
  #failLaunch(error: unknown): void {
    // First: VS Code hears nothing more of a launch that has failed, and would show its progress for ever.
    this.#progress?.end();
    this.#editor.failLaunch(error);
  }

  /** The debugger ended and nobody had asked it to. */
  async #died(wrapped: WrappedDebugger, error: LaunchError): Promise<void> {
    if (this.#stage !== 'running' || this.#ending) return;
    this.#stage = 'over';
    const leaving = this.#restarts ? this.#departure.keep() : this.#departure.leave();
    // Whoever still waits for the launch is told by its answer.
    if (!this.#editor.knowsEnd && !this.#editor.launchRequest) this.#editor.print(error.message, 'stderr');
    this.#failLaunch(error);
    await Promise.all([leaving, wrapped.end()]);
    this.#editor.sayEnd();
  }

  /** The connection to the cluster ended by itself: what the debuggee would do from now on helps nobody. */
  async #lost(error: LaunchError): Promise<void> {
    if (this.#ending || this.#departure.begun) return;
    this.#editor.print(error.message, 'important');
    await this.#departure.leave();
    this.#editor.sayEnd();
  }

  async #forward(request: Message): Promise<void> {
    const wrapped = this.#debugger.wrapped;
    if (this.#stage === 'over') this.#editor.decline(request);
    else if (!wrapped || this.#stage !== 'running') this.#editor.keep(request);
    else if (request.name === 'configurationDone' && !wrapped.wantsConfigurationDone) {
      wrapped.relay.configured();
      this.#editor.peer.respond(request);
    } else
      wrapped.relay.forward(request.name === 'restart' ? await this.#debugger.restart(request) : request);
  }

  /** Our own request: what is known of the session. Values of variables only with `showSecrets`. */
  async #diagnose(request: Message): Promise<void> {
    if (!this.#connected) throw new Error('Cannot tell anything of the session: it does not run yet.');
    const { showSecrets } = (request.read('request').arguments ?? {}) as { showSecrets?: unknown };
    const report = await this.#connected.diagnostics.report({ showSecrets: showSecrets === true });
    this.#editor.peer.respond(request, report);
  }

  #cancel(request: Message): void {
    const { requestId, progressId } = request.read('cancel').arguments ?? {};
    const ours = progressId !== undefined && progressId === this.#progress?.id;
    const launch = requestId !== undefined && requestId === this.#editor.launchRequest?.seq;
    const wrapped = this.#stage === 'running' ? this.#debugger.wrapped : undefined;
    if (this.#stage === 'launching' && (ours || launch)) this.#abort.abort(cancelled());
    else if (requestId !== undefined && this.#editor.cancelKept(requestId)) {
      // It never reached the debugger.
    } else if (wrapped?.capabilities.supportsCancelRequest === true && !ours) {
      if (wrapped.relay.cancel(request, requestId)) return;
    } else if (wrapped && launch) void this.#died(wrapped, cancelled());
    // A hint that comes too late, or to somebody who cannot take it, is no failure.
    this.#editor.peer.respond(request);
  }

  async #terminate(request: Message): Promise<void> {
    const wrapped = this.#debugger.wrapped;
    if (this.#stage !== 'running' || !wrapped) {
      if (this.#stage === 'launching') this.#abort.abort(cancelled());
      this.#editor.peer.respond(request);
      return;
    }
    this.#restarts = request.read('terminate').arguments?.restart === true;
    if (!this.#restarts) await this.#leaveInTime(wrapped);
    if (wrapped.capabilities.supportsTerminateRequest === true) {
      wrapped.relay.forward(request);
      return;
    }
    await wrapped.disconnect({ terminateDebuggee: true, ...(this.#restarts && { restart: true }) });
    this.#failLaunch(cancelled());
    this.#editor.peer.respond(request);
    this.#editor.sayEnd();
  }

  /** Leaves the cluster, lets the debugger go, says so, ends: in this order, within the editor's patience. */
  async #endOnce(args?: DebugProtocol.DisconnectArguments, request?: Message): Promise<void> {
    if (this.#stage !== 'running') this.#abort.abort(cancelled());
    await this.#initialized.catch(() => undefined); // Its failure has been answered.
    const wrapped = this.#debugger.wrapped;
    const alone = args?.terminateDebuggee === false;
    if (args?.restart === true || (this.#restarts && request)) await this.#departure.keep();
    else await this.#leaveInTime(wrapped, alone);
    const response = this.#stage === 'running' ? await wrapped?.disconnect(args) : undefined;
    this.#stage = 'over';
    this.#failLaunch(cancelled());
    this.#editor.declineKept();
    if (request && response) this.#editor.peer.send(response, { requestSeq: request.seq });
    else if (request) this.#editor.peer.respond(request);
    await Promise.all([
      this.#debugger.wrapped?.end({ alone }),
      this.#departure.leave(),
      this.#terminals[Symbol.asyncDispose](),
    ]);
    await this.#editor.peer.end();
    this.#resolveDone();
  }

  /** Leaves the cluster; waits for it only so long that the debugger can be ended in time as well. */
  async #leaveInTime(wrapped: WrappedDebugger | undefined, alone = false): Promise<void> {
    const inFlight = this.#stage === 'running' && !this.#editor.knowsEnd && wrapped?.relay.paused === false;
    await this.#departure.leave({ inFlight, alone }, leavePatience);
  }
}
