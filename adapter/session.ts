import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { CurrentDebugger } from './currentDebugger.ts';
import { readMarker, type Marker } from './dap/children.ts';
import { Editor } from './dap/editor.ts';
import { expected } from './dap/expected.ts';
import { Message } from './dap/message.ts';
import { EditorProgress } from './dap/progress.ts';
import { Questions } from './dap/questions.ts';
import type { Conversation } from './dap/server.ts';
import { TerminalChannels } from './dap/terminal.ts';
import type { LaunchArguments } from '../schemas/launch.d.ts';
import { childArguments } from './debugger/arguments.ts';
import type { DebugConfiguration } from './debugger/command.ts';
import { spawnEnvironment } from './debugger/environment.ts';
import { findDebugger } from './debugger/presets.ts';
import { Departure } from './departure.ts';
import { cancelled, type LaunchError } from './errors.ts';
import { isolated, prefixOf } from './isolation.ts';
import type { Connected, Delegation, LaunchContext } from './launch.ts';
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
  /** The one debug adapter for all sessions, which is there from the start and gets every request as it comes. */
  debugAdapter?: NonNullable<LaunchArguments['debugAdapter']>;
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
  /** Makes the debugger's launch arguments of the user's configuration. */
  #arguments: ((debug: DebugConfiguration) => Promise<Record<string, unknown>>) | undefined;
  #connected: Connected | undefined;
  #ending: Promise<void> | undefined;
  /** Whether the editor ends the debugger in order to start it again. */
  #restarts = false;
  #resolveDone: () => void = () => undefined;

  constructor(input: Readable, output: Writable, options: SessionOptions & { strict?: boolean }) {
    this.#options = options;
    this.done = new Promise((resolve) => (this.#resolveDone = resolve));
    this.#editor = new Editor(input, output, { strict: options.strict ?? false });
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
    this.#editor.initializeArguments = request.read('initialize').arguments;
    const { debugAdapter } = this.#options;
    const type = debugAdapter ? this.#editor.initializeArguments.adapterID : this.#options.debuggerType;
    if (type !== undefined) {
      try {
        const command = await findDebugger(type, debugAdapter, process.cwd());
        await this.#debugger.start(command, this.#debuggerOf(type));
      } catch {
        // The launch meets the same fault, knows the whole configuration, and says it in the right place.
      }
    }
    this.#editor.offer(request, this.#debugger.wrapped?.capabilities ?? expected(type));
    this.#debugger.wrapped?.relay.release();
    if (!this.#isThere) return;
    this.#debugger.wrapped?.relay.releaseInitialized();
    this.#editor.releaseKept((kept) => this.#forward(kept));
  }

  /** Whether the debugger takes requests before it is told to launch: no other will take its place. */
  get #isThere(): boolean {
    return this.#stage === 'new' && this.#options.debugAdapter !== undefined;
  }

  #debuggerOf(type: string) {
    return { type, initializeArguments: this.#editor.initializeArguments ?? { adapterID: type } };
  }

  async #launch(request: Message): Promise<void> {
    const { initializeArguments } = this.#editor;
    if (this.#stage !== 'new' || !initializeArguments) {
      throw new Error(`Cannot ${request.name} now: a session is initialized once and launched once.`);
    }
    this.#stage = 'launching';
    this.#editor.launchRequest = request;
    await this.#initialized;
    const reports = initializeArguments.supportsProgressReporting ?? false;
    const progress = new EditorProgress(this.#editor.peer, reports);
    this.#progress = progress;
    try {
      const args = request.read('launch').arguments as Record<string, unknown>;
      const child = readMarker(args);
      if (child) {
        await this.#join(request, child);
        return;
      }
      const context = this.#context(request, args, progress);
      const connected = await this.#departure.from(this.#options.launch(args, context));
      this.#connected = connected;
      void connected.lost.then((error) => this.#lost(error));
    } catch (error) {
      await this.#failed(error);
    } finally {
      progress.end();
    }
  }

  #context(request: Message, args: Record<string, unknown>, progress: EditorProgress): LaunchContext {
    return {
      signal: this.#abort.signal,
      progress,
      mainScript: this.#options.mainScript,
      find: async ({ debug, debugAdapter }) => {
        await findDebugger(debug.type, debugAdapter, process.cwd(), debug);
        return `the debugger (${debug.type})`;
      },
      ...(Questions.areTakenBy(args) && {
        ask: (question, signal) => this.#questions.ask(question, signal),
      }),
      delegate: (given) => this.#delegate(request, args, given),
    };
  }

  /** Step 8 of the story: the debugger is started, or has been, and gets the user's own configuration. */
  async #delegate(request: Message, outer: Record<string, unknown>, given: Delegation): Promise<void> {
    const { debug, environment, debugAdapter, onProcess, verbatim } = given;
    const found = await findDebugger(debug.type, debugAdapter, process.cwd(), debug);
    const command = await isolated(found, { ...given, ...this.#options, signal: this.#abort.signal });
    const spawned = await spawnEnvironment(debug, environment);
    const early = Object.keys(spawned).length === 0 ? this.#debugger.startedBy(command) : undefined;
    const onDebugger = (pid: number) => onProcess(pid, 'debugger');
    if (early?.pid !== undefined) onDebugger(early.pid);
    const more = { environment: spawned, onProcess: onDebugger };
    const wrapped =
      early ?? (await this.#debugger.start(command, { ...this.#debuggerOf(debug.type), ...more }));
    writeDown(this.#editor, wrapped, given);
    wrapped.relay.environment = environment;
    wrapped.relay.prefix = prefixOf(command);
    wrapped.relay.onDebuggee = onProcess;
    if (verbatim === true) {
      this.#hand(wrapped, request);
      return;
    }
    this.#arguments = (one) => childArguments(one, { outer, environment, folds: wrapped.folds });
    this.#hand(wrapped, launchRequest(await this.#arguments(debug)));
  }

  /** A child session: its debugger runs already, and the parent has the connection to the cluster. */
  async #join(request: Message, child: { marker: Marker; configuration: Record<string, unknown> }) {
    const { host, port, type } = child.marker;
    const wrapped = await this.#debugger.start({ by: 'address', host, port }, this.#debuggerOf(type));
    this.#hand(wrapped, launchRequest({ request: request.name, ...child.configuration }));
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
    this.#editor.answerLaunch(response);
    if (!success) this.#editor.sayEnd();
  }

  /** The launch failed, or was cancelled, and has undone what it did. */
  async #failed(error: unknown): Promise<void> {
    this.#stage = 'over';
    await this.#debugger.wrapped?.end();
    this.#editor.failLaunch(error);
    this.#editor.declineKept();
    this.#editor.sayEnd();
  }

  /** The debugger ended and nobody had asked it to. */
  async #died(wrapped: WrappedDebugger, error: LaunchError): Promise<void> {
    if (this.#stage !== 'running' || this.#ending) return;
    this.#stage = 'over';
    const leaving = this.#departure.leave();
    // Whoever still waits for the launch is told by its answer.
    if (!this.#editor.knowsEnd && !this.#editor.launchRequest) this.#editor.print(error.message, 'stderr');
    this.#editor.failLaunch(error);
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
    else if (!wrapped || !(this.#stage === 'running' || this.#isThere)) this.#editor.keep(request);
    else if (request.name === 'configurationDone' && !wrapped.wantsConfigurationDone) {
      wrapped.relay.configured();
      this.#editor.peer.respond(request);
    } else if (request.name === 'restart') await this.#restart(request, wrapped);
    else wrapped.relay.forward(request);
  }

  /** `restart` carries the launch arguments anew: ours, so they become the debugger's as those of `launch` did. */
  async #restart(request: Message, wrapped: WrappedDebugger): Promise<void> {
    const content = request.read('restart');
    const anew = content.arguments?.arguments as { debug?: DebugConfiguration } | undefined;
    if (!anew?.debug || !this.#arguments) {
      wrapped.relay.forward(request);
      return;
    }
    const args = { ...content.arguments, arguments: await this.#arguments(anew.debug) };
    wrapped.relay.forward(Message.of({ ...content, type: 'request', arguments: args }, request.seq));
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
    this.#editor.failLaunch(cancelled());
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
    this.#editor.failLaunch(cancelled());
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
