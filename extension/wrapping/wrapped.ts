import { withOwnCommands } from './commands.ts';
import type { Editor } from './editor.ts';
import { go } from './go.ts';
import type { Kind } from './kind.ts';
import { coreclr, cppdbg, lldb } from './native.ts';
import { browser, node } from './node.ts';
import { isObject, lifted, onPlatform, type Configuration } from './outer.ts';
import { python } from './python.ts';
import { php, rdbg } from './scripts.ts';
import { withReadyAction } from './serverReady.ts';

const kinds: readonly Kind[] = [node, browser, python, go, lldb, cppdbg, coreclr, php, rdbg];

/** What has become of a launch configuration of ours. */
export interface Resolved {
  configuration: Configuration;
  /** What the user should know of it, a sentence or two each. */
  notes: string[];
}

/**
 * The first half of what makes a wrapped configuration behave as it did alone, while variables are not filled in: the
 * platform's block, the tasks, the names of commands. A configuration that wraps none, or joins a child session, stays
 * as it is. Throws an `Error` that says what cannot be done.
 */
export async function beforeVariables(configuration: Configuration, editor: Editor): Promise<Resolved> {
  const { debug: given } = configuration;
  if (!isObject(given)) return { configuration, notes: [] };
  const { outer, debug, notes } = lifted({ outer: configuration, debug: onPlatform(given, editor.platform) });
  const prepared = kindOf(debug)?.before?.(debug) ?? debug;
  const around = withReadyAction(outer, editor);
  return { configuration: { ...around, debug: await withOwnCommands(prepared, editor) }, notes };
}

/**
 * The second half, with variables filled in and after the tasks: what the extension of its own type would add; see
 * additions.ts. `undefined`: the user did not want to go on. Throws an `Error` that says what cannot be done.
 */
export async function withVariables(
  configuration: Configuration,
  editor: Editor,
): Promise<Resolved | undefined> {
  const { debug: given } = configuration;
  if (!isObject(given)) return { configuration, notes: [] };
  // VS Code leaves it where it is when the user has not chosen anything.
  if (/\$\{(?:command|input):/.test(JSON.stringify(configuration))) return undefined;
  const kind = kindOf(given);
  const picked = await withProcess(given, kind, editor);
  if (picked === undefined) return undefined;
  const { debug = picked, outer = {} } = (await kind?.after(picked, editor)) ?? {};
  return {
    configuration: {
      ...outer,
      ...configuration,
      debug,
      // What the adapter cannot start, the editor can.
      ...(editor.debuggerOf(String(given.type)) ? { __startsDebugging: true } : {}),
    },
    notes: [],
  };
}

function kindOf({ type }: Configuration): Kind | undefined {
  return kinds.find(({ types }) => types.includes(String(type)));
}

/** Asks for the process to attach to, where it is not named or named by its program. */
async function withProcess(
  debug: Configuration,
  kind: Kind | undefined,
  editor: Editor,
): Promise<Configuration | undefined> {
  const { processId = '' } = debug;
  // Some extensions' commands answer with nothing, and ask later; 0 is how the Go extension writes it.
  const isNamed = /^\s*[1-9]\d*\s*$/.test(String(processId));
  if (debug.request !== 'attach' || kind?.picks?.(debug) !== true) return debug;
  if (isNamed) return { ...debug, processId: Number(processId) };
  const name = /^\s*0?\s*$/.test(String(processId)) ? undefined : String(processId);
  const picked = await editor.pickProcess(name);
  return picked === undefined ? undefined : { ...debug, processId: picked };
}
