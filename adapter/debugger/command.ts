import type { LaunchArguments } from '../../schemas/launch.d.ts';

/** The user's own configuration, for their own debugger. */
export type DebugConfiguration = LaunchArguments['debug'];

interface Program {
  command: string;
  args: string[];
  /** Words to put before the command: what they start becomes the command. Default: none. */
  prefix?: string[];
  /** Variables added to the program's own environment. */
  env?: Record<string, string>;
  cwd?: string;
}

/** How a debug adapter is reached, by the way it speaks. */
export type DebuggerCommand =
  /** On its standard input and output. */
  | (Program & { by: 'stdio' })
  /**
   * It listens on a port of its choice and prints a line that `announces` matches; group 1 is the port. With
   * `isDebuggee` it is the debuggee as well: what it prints after that is the debuggee's.
   */
  | (Program & { by: 'listening'; announces: RegExp; isDebuggee?: true })
  /** We listen, and it dials the port that takes the place of `{port}` in its arguments. */
  | (Program & { by: 'dialling' })
  /** It runs already; `given`: where the address was given. Default: "debugAdapter". */
  | { by: 'address'; host: string; port: number; given?: string }
  /** The editor starts it. */
  | { by: 'editor' };

/**
 * How a debugger takes variables in its launch arguments. Sources: each adapter's own documentation.
 * - `nullable`: `env`, an object in which `null` unsets
 * - `env`: `env`, an object
 * - `pairs`: `env`, an array of "NAME=VALUE"
 * - `named`: `environment`, an array of {name, value}
 * - `whole`: `env`, an object that replaces the whole environment
 * - `none`: not at all, only where the adapter is started
 */
export type EnvironmentStyle = 'nullable' | 'env' | 'pairs' | 'named' | 'whole' | 'none';

/** What is particular to one kind of debugger. */
export interface Preset {
  /** The values of `debug.type` it serves; the first is the debugger's own name for itself. */
  types: readonly [string, ...string[]];
  environment: EnvironmentStyle;
  /** Finds the installed adapter, beginning in the debuggee's folders. Throws a `LaunchError` "debugger-not-installed" that says how to install it. */
  find(folders: readonly string[], debug: DebugConfiguration | undefined): Promise<DebuggerCommand>;
  /** Attributes that the debugger needs and an editor's extension would have filled in. */
  defaults?(debug: DebugConfiguration): Record<string, unknown>;
  /**
   * Its root session debugs nothing: every process comes by `startDebugging`, to be reached by another
   * connection to the same address. It is told so also where the editor cannot.
   */
  debugsInChildren?: boolean;
}
