import type { Editor } from './editor.ts';
import type { Configuration, Pair } from './outer.ts';

/** What the extension of one kind of debugger does to a configuration of its types before it starts. */
export interface Kind {
  types: readonly string[];
  /** Before variables are filled in. */
  before?(debug: Configuration): Configuration;
  /** Whether the user is asked for a process where a configuration that attaches names none. Default: no. */
  picks?(debug: Configuration): boolean;
  /**
   * Once variables are filled in and `preLaunchTask` has run. What it puts into `outer` gives way to what is there.
   * Throws an `Error` that says what cannot be done and what to do instead.
   */
  after(debug: Configuration, editor: Editor): Promise<Partial<Pair>> | Partial<Pair>;
}
