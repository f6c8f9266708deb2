import type { DebugProtocol } from '@vscode/debugprotocol';
import { ClientBreakpoints } from './breakpoints.ts';
import { markedConfiguration, withoutVariables } from './children.ts';
import { FoldedChild, haveEnded } from './fold.ts';
import { Glass } from './glass.ts';
import { Message } from './message.ts';
import type { Observer, Peer } from './peer.ts';
import type { TerminalChannels } from './terminal.ts';
import { failureBody } from './failure.ts';
import { LaunchError, messageOf } from '../errors.ts';

/** Requests after which the debuggee runs, whether or not a `continued` event follows. */
const resuming = new Set([
  'continue',
  'next',
  'stepIn',
  'stepOut',
  'stepBack',
  'reverseContinue',
  'restartFrame',
]);

export interface RelayOptions {
  client: Peer;
  adapter: Peer;
  /** What the client sent with `initialize`. */
  initializeArguments: DebugProtocol.InitializeRequestArguments;
  /** Where the debugger takes further connections, for child sessions. */
  address: { host: string; port: number } | undefined;
  /** Connects to a child session's debugger. */
  dial: (address: { host: string; port: number }) => Promise<Peer>;
  /** Fold the first child into this session: the debugger debugs in children only, the client knows none. */
  fold: boolean;
  terminals: TerminalChannels;
  /** Our own program, which the terminal is to run. */
  mainScript: string;
  /** `restarts`: the debugger asks the editor to begin anew. */
  onTerminated: (restarts: boolean) => void;
}

/**
 * Between the editor and the debugger of a session: glass, but for what would lead a child session to the cluster
 * again, or a secret to the editor. Events wait until `release`.
 */
export class Relay extends Glass {
  /** Whether the debuggee stands on a breakpoint. */
  paused = false;
  /** The cluster's variables, which must not reach the editor. */
  environment: Record<string, string | null> = {};
  /** Words to put before a command that is to run in a terminal. */
  prefix: readonly string[] = [];
  /** Told of each debuggee that the debugger has started, where it says its process id. */
  onDebuggee: (pid: number) => void = () => undefined;
  /** Sees what is said to and by a folded child. Default: nobody does. */
  observer: Observer | undefined;
  readonly #options: RelayOptions;
  readonly #breakpoints = new ClientBreakpoints();
  readonly #children: FoldedChild[] = [];
  #held: Message[] | undefined = [];
  #heldInitialized: Message | undefined;
  #launched = false;
  #terminated = false;
  #configured: () => void = () => undefined;
  readonly #configuredPromise = new Promise<void>((resolve) => (this.#configured = resolve));

  constructor(options: RelayOptions) {
    super(options);
    this.#options = options;
    options.adapter.listen({
      request: (request) => this.#reverse(request, options.adapter),
      event: (event) => this.#event(event),
    });
  }

  /** Lets events through, those that waited first; `initialized` waits for `releaseInitialized`. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#event(event);
  }

  /** The debugger has been told to launch: the editor may configure it now. */
  releaseInitialized(): void {
    this.#launched = true;
    if (this.#heldInitialized) this.client.send(this.#heldInitialized);
    this.#heldInitialized = undefined;
  }

  /** Lets an event through as if the debugger had sent it. */
  say(event: DebugProtocol.Event): void {
    this.#event(Message.of({ ...event, type: 'event' }));
  }

  override forward(message: Message): void {
    if (resuming.has(message.name)) this.paused = false;
    if (message.name === 'configurationDone') this.#configured();
    const child = this.#children.find(({ ready }) => ready);
    if (child && !/^(?:terminate|disconnect|restart|configurationDone)$/.test(message.name)) {
      child.relay(message, (response) => this.answer(message, response, child.peer));
      return;
    }
    const setting = this.#options.fold ? this.#breakpoints.note(message) : undefined;
    super.forward(message, (response) => {
      if (setting) this.#breakpoints.told(setting, response);
    });
  }

  /** `configurationDone` that only a folded child has to know of. */
  configured(): void {
    this.#configured();
  }

  /** Disconnects folded children: js-debug does not answer for a parent whose child is still debugged. */
  async disconnectChildren(args: DebugProtocol.DisconnectArguments | undefined): Promise<void> {
    await Promise.all(this.#children.map(({ peer }) => peer.request('disconnect', args)));
  }

  /** Ends the connections to folded children. */
  end(): void {
    for (const child of this.#children) child.peer.destroy();
  }

  protected override adapters(): Peer[] {
    return [this.adapter, ...this.#children.map((child) => child.peer)];
  }

  #event(event: Message, source = this.adapter): void {
    if (this.#held) {
      this.#held.push(event);
      return;
    }
    const { client } = this;
    switch (event.name) {
      case 'initialized':
        if (!this.#launched) {
          this.#heldInitialized = event;
          return;
        }
        break;
      case 'stopped':
        this.paused = true;
        break;
      case 'continued':
        this.paused = false;
        break;
      case 'process':
        this.#note(event);
        break;
      case 'terminated':
        // delve says it again when it is disconnected.
        if (this.#terminated) return;
        this.#terminated = true;
        if (this.#children.length === 0) this.#end(event);
        else void haveEnded(this.#children).then(() => this.#end(event));
        return;
      case 'debugpyAttach':
        // debugpy's own way to announce a child; it repeats the launch arguments.
        client.send(this.#purged(event), { source });
        return;
    }
    client.send(event, { source });
  }

  #end(terminated: Message): void {
    this.client.send(terminated, { source: this.adapter });
    this.#options.onTerminated(asksForRestart(terminated));
  }

  /** A process that was only attached to is not this session's to end. */
  #note(event: Message): void {
    const { systemProcessId, isLocalProcess, startMethod } = event.read('process').body;
    if (systemProcessId !== undefined && isLocalProcess !== false && startMethod === 'launch')
      this.onDebuggee(systemProcessId);
  }

  /** A request that the debugger (or a child's) makes of the editor. */
  #reverse(request: Message, from: Peer): void {
    const handle = async () => {
      if (request.name === 'runInTerminal') await this.#runInTerminal(request, from);
      else if (request.name === 'startDebugging') await this.#startDebugging(request, from);
      else this.pass(request, from);
    };
    handle().catch((error: unknown) => from.refuse(request, messageOf(error), failureBody(error)));
  }

  async #runInTerminal(request: Message, from: Peer): Promise<void> {
    if (this.prefix.length === 0 && Object.keys(this.environment).length === 0) {
      this.pass(request, from);
      return;
    }
    const { terminals, mainScript } = this.#options;
    const content = request.read('runInTerminal');
    const { env, args, argsCanBeInterpretedByShell, ...rest } = content.arguments;
    const path = await terminals.offer({
      args,
      prefix: this.prefix,
      cwd: rest.cwd,
      env: env ?? {},
      shell: argsCanBeInterpretedByShell ?? false,
    });
    const rewritten = { ...rest, args: [process.execPath, mainScript, 'exec', path] };
    this.pass(request, from, Message.of({ ...content, type: 'request', arguments: rewritten }));
  }

  async #startDebugging(request: Message, from: Peer): Promise<void> {
    const { address, fold } = this.#options;
    const purged = this.#purged(request);
    const content = purged.read('startDebugging');
    const { configuration, request: kind } = content.arguments;
    if (fold) {
      if (!address)
        throw new LaunchError(
          'debugger-unreachable',
          'Cannot join a child session: its debugger takes no further connections.',
        );
      await this.#fold(kind, configuration, address);
      from.respond(request);
      return;
    }
    const marked = markedConfiguration(configuration, address);
    if (!marked) this.pass(request, from, purged);
    else {
      const args = { ...content.arguments, configuration: marked };
      this.pass(request, from, Message.of({ ...content, type: 'request', arguments: args }));
    }
  }

  async #fold(kind: string, configuration: unknown, address: { host: string; port: number }): Promise<void> {
    const { client, dial, initializeArguments } = this.#options;
    const silent = this.#children.some(({ alive }) => alive);
    const peer = await dial(address);
    peer.observer = this.observer;
    const child = new FoldedChild(
      {
        client,
        child: peer,
        initializeArguments: { ...initializeArguments, supportsStartDebuggingRequest: true },
        breakpoints: this.#breakpoints,
        configured: this.#configuredPromise,
        onEvent: (event) => this.#event(event, peer),
        onRequest: (request) => this.#reverse(request, peer),
      },
      silent,
    );
    this.#children.push(child);
    child.start(kind, configuration);
  }

  #purged(message: Message): Message {
    const content = message.read(message.type);
    return Message.of({ ...(withoutVariables(content, this.environment) as object), type: message.type });
  }
}

/** `terminated` with `restart`, of any value but these, asks the editor to begin the session again. */
function asksForRestart(event: Message): boolean {
  const restart: unknown = event.read('terminated').body?.restart;
  return restart !== undefined && restart !== null && restart !== false;
}
