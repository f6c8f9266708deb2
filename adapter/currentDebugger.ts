import type { DebuggerCommand } from './debugger/command.ts';
import { WrappedDebugger, type WrappedOptions } from './wrapped.ts';

/** What all debuggers of a session have in common, and what is particular to one. */
type Common = Pick<
  WrappedOptions,
  'client' | 'terminals' | 'mainScript' | 'signal' | 'startupTimeout' | 'onTerminated'
>;
type Particular = Omit<WrappedOptions, keyof Common>;

/** The session's debugger: one at a time, which may have been started before its configuration was known. */
export class CurrentDebugger {
  readonly #common: Common;
  #current: { wrapped: WrappedDebugger; command: string } | undefined;

  constructor(common: Common) {
    this.#common = common;
  }

  get wrapped(): WrappedDebugger | undefined {
    return this.#current?.wrapped;
  }

  /** Starts a debugger, in the place of one that may be there. Throws a `LaunchError`. */
  async start(command: DebuggerCommand, particular: Particular): Promise<WrappedDebugger> {
    const before = this.#current;
    this.#current = undefined;
    await before?.wrapped.end();
    const wrapped = await WrappedDebugger.start(command, { ...this.#common, ...particular });
    this.#current = { wrapped, command: JSON.stringify(command) };
    return wrapped;
  }

  /** The debugger, if it lives and was started by this very command. */
  startedBy(command: DebuggerCommand): WrappedDebugger | undefined {
    const { wrapped, command: own } = this.#current ?? {};
    return own === JSON.stringify(command) && wrapped?.ended === false ? wrapped : undefined;
  }
}
