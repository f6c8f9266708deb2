import { LaunchError, messageOf } from './errors.ts';

type Arguments = Record<string, unknown>;

/**
 * The launch arguments of an editor whose configurations cannot nest objects: a text that begins with `{` is the JSON of
 * the object that an attribute should have. Helix is one, up to 25.07: an argument is a text, a list of texts, true or
 * false (`DebugArgumentValue` of helix-core). It also puts its working folder beside the arguments, as `cwd`
 * (`dap_start_impl` of helix-term); that is meant for the debugger, so it becomes that of `debug`, which may have another.
 *
 * Throws `configuration-invalid`, naming the attribute, for JSON that cannot be read.
 */
export function nested(args: Arguments, client?: string): Arguments {
  const read = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, parsed(name, value)]));
  if (client !== 'hx' || typeof read.cwd !== 'string') return read;
  const { cwd, debug, ...own } = read;
  return { ...own, debug: isObject(debug) && debug.request !== 'attach' ? { cwd, ...debug } : debug };
}

function parsed(attribute: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new LaunchError(
      'configuration-invalid',
      `Cannot use the launch configuration: "${attribute}" is a text that begins with "{", so it has to be JSON, and is not: ${messageOf(cause)}.`,
      { cause, attribute },
    );
  }
}

function isObject(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
