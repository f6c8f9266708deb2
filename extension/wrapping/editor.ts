/** What is asked of the editor that a session is started in; provider.ts asks VS Code. */
export interface Editor {
  /** The system that the debuggee is going to run on. */
  readonly platform: NodeJS.Platform;
  /** The variables that the debugger inherits. */
  readonly environment: NodeJS.ProcessEnv;
  /** Path of the session's folder; `undefined`: none is open. */
  readonly folder: string | undefined;
  /** The same folder, as other extensions want it named. */
  readonly resource: unknown;
  /** Path of the file that the user looks at; `undefined`: none is open. */
  readonly file: string | undefined;
  /** A setting as it holds for the folder; `undefined`: nobody has set or declared it. */
  readonly setting: (name: string) => unknown;
  /** A configuration of the folder's launch.json by its name; `undefined`: there is none of that name. */
  readonly configuration: (name: string) => Record<string, unknown> | undefined;
  /** An installed extension; `undefined`: it is not installed. */
  readonly extension: (id: string) => Extension | undefined;
  /** Who serves a debug type in this editor; `undefined`: nobody. */
  readonly debuggerOf: (type: string) => Contribution | undefined;
  /**
   * Asks for one of the processes that run here, of a program if `name` says which; with one such process nobody is asked.
   * Resolves with its id, or `undefined` when the user does not want any. Throws an `Error` when there is none.
   */
  readonly pickProcess: (name?: string) => Promise<number | undefined>;
}

/** An installed extension. */
export interface Extension {
  readonly id: string;
  /** Its folder. */
  readonly path: string;
  /** Starts it, unless it runs. Resolves with what it offers to others. */
  readonly activate: () => Promise<unknown>;
}

/** A debugger as an extension declares it (`contributes.debuggers` of its package.json). */
export interface Contribution {
  readonly extension: Extension;
  /** Its names for commands: what `${command:NAME}` stands for in configurations of its type. */
  readonly variables: Readonly<Record<string, string>>;
}
