import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Configuration } from './configuration.ts';
import type { Marker } from './dap/children.ts';
import { Message } from './dap/message.ts';
import { childArguments } from './debugger/arguments.ts';
import type { DebugConfiguration, DebuggerCommand } from './debugger/command.ts';
import { spawnEnvironment } from './debugger/environment.ts';
import { findDebugger } from './debugger/presets.ts';
import { isolated, prefixOf } from './isolation.ts';
import type { Delegation } from './launch.ts';
import { launchRequest, WrappedDebugger, type WrappedOptions } from './wrapped.ts';

/** What all debuggers of a session have in common, and what is particular to one. */
type Common = Pick<
  WrappedOptions,
  'client' | 'terminals' | 'mainScript' | 'signal' | 'startupTimeout' | 'onTerminated'
>;
type Particular = Pick<WrappedOptions, 'type' | 'environment' | 'onProcess'>;

/** The session's debugger: one at a time, which may have been started before its configuration was known. */
export class CurrentDebugger {
  /** What the editor sent with `initialize`. */
  initializeArguments: DebugProtocol.InitializeRequestArguments | undefined;
  readonly #common: Common;
  #current: { wrapped: WrappedDebugger; command: string } | undefined;
  /** How the debugger of the session's configuration is started: looking for it may run programs, once is enough. */
  #found: Promise<DebuggerCommand> | undefined;
  /** Makes the debugger's launch arguments of the user's configuration. */
  #arguments: ((debug: DebugConfiguration) => Promise<Record<string, unknown>>) | undefined;

  constructor(common: Common) {
    this.#common = common;
  }

  get wrapped(): WrappedDebugger | undefined {
    return this.#current?.wrapped;
  }

  /** Makes sure that it is there; resolves with what it is, for the user. Throws a `LaunchError`. */
  async find(configuration: Configuration): Promise<string> {
    await this.#find(configuration);
    return `the debugger (${configuration.debug.type})`;
  }

  /** Starts the debugger of a type before anything more is known of it. Throws a `LaunchError`. */
  async startEarly(type: string): Promise<void> {
    await this.#start(await findDebugger(type, undefined, process.cwd()), { type });
  }

  /**
   * Step 8 of the story: the debugger is started, or has been, for the user's own configuration, which `outer`
   * surrounds. Resolves with it and the request that makes it begin. Throws a `LaunchError`.
   */
  async startWith(
    given: Delegation,
    outer: Record<string, unknown>,
  ): Promise<{ wrapped: WrappedDebugger; request: Message }> {
    const { debug, environment, onProcess } = given;
    const command = await isolated(await this.#find(given), { ...given, ...this.#common });
    const spawned = await spawnEnvironment(debug, environment);
    const early = Object.keys(spawned).length === 0 ? this.#startedBy(command) : undefined;
    const onDebugger = (pid: number) => onProcess(pid, 'debugger');
    if (early?.pid !== undefined) onDebugger(early.pid);
    const more = { type: debug.type, environment: spawned, onProcess: onDebugger };
    const wrapped = early ?? (await this.#start(command, more));
    wrapped.relay.environment = environment;
    wrapped.relay.prefix = prefixOf(command);
    wrapped.relay.onDebuggee = onProcess;
    this.#arguments = (one) => childArguments(one, { outer, environment, folds: wrapped.folds });
    return { wrapped, request: launchRequest(await this.#arguments(debug)) };
  }

  /** A child session's debugger, which runs already. Throws a `LaunchError`. */
  join({ host, port, type }: Marker): Promise<WrappedDebugger> {
    return this.#start({ by: 'address', host, port }, { type });
  }

  /** `restart` carries the launch arguments anew: ours, so they become the debugger's as those of `launch` did. */
  async restart(request: Message): Promise<Message> {
    const content = request.read('restart');
    const anew = content.arguments?.arguments as { debug?: DebugConfiguration } | undefined;
    if (!anew?.debug || !this.#arguments) return request;
    const args = { ...content.arguments, arguments: await this.#arguments(anew.debug) };
    return Message.of({ ...content, type: 'request', arguments: args }, request.seq);
  }

  #find({ debug, debugAdapter }: Configuration | Delegation): Promise<DebuggerCommand> {
    this.#found ??= findDebugger(debug.type, debugAdapter, process.cwd(), debug);
    return this.#found;
  }

  /** Starts a debugger, in the place of one that may be there. */
  async #start(command: DebuggerCommand, particular: Particular): Promise<WrappedDebugger> {
    const before = this.#current;
    this.#current = undefined;
    await before?.wrapped.end();
    const { initializeArguments = { adapterID: particular.type } } = this;
    const wrapped = await WrappedDebugger.start(command, {
      ...this.#common,
      ...particular,
      initializeArguments,
    });
    this.#current = { wrapped, command: JSON.stringify(command) };
    return wrapped;
  }

  /** The debugger, if it lives and was started by this very command. */
  #startedBy(command: DebuggerCommand): WrappedDebugger | undefined {
    const { wrapped, command: own } = this.#current ?? {};
    return own === JSON.stringify(command) && wrapped?.ended === false ? wrapped : undefined;
  }
}
