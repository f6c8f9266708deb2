import { messageOf } from '../../errors.ts';
import { didYouMean, quoted } from '../../nearest.ts';
import { commandInvalid } from '../command.ts';
import type { LaunchFile } from './launchfile.ts';
import { isObject, type DebugAttributes } from './wrapping.ts';

/**
 * The user's own configuration: `debug` as JSON, or that which is called `wrap` in the file; `undefined` where neither is
 * given. Throws `command-invalid`.
 */
export function wrappedOf(
  { debug, wrap }: { debug?: string | undefined; wrap?: string | undefined },
  file: LaunchFile,
): DebugAttributes | undefined {
  if (debug !== undefined && wrap !== undefined)
    throw commandInvalid('"--debug" and "--wrap" both say what to wrap: give one of them.');
  if (debug !== undefined) return debugIn(debug, '"--debug"');
  if (wrap === undefined) return undefined;
  const { path, configurations } = file;
  const found = configurations.find(({ name }) => name === wrap);
  const names = configurations.flatMap(({ name, type }) =>
    name !== undefined && type !== 'localprocess-k8s' ? [name] : [],
  );
  if (found === undefined)
    throw commandInvalid(
      `There is no configuration "${wrap}" in "${path}"${didYouMean(wrap, names)} There ${names.length === 1 ? 'is' : 'are'} ${quoted(names)}.`,
    );
  return wrappable(found.value, `The configuration "${wrap}" in "${path}"`);
}

/** A configuration given as JSON; `what` stands for it in a complaint. Throws `command-invalid`. */
export function debugIn(text: string, what: string): DebugAttributes {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw commandInvalid(
      `${what} has to be JSON, e.g. {"type": "pwa-node", "program": "…"}, and is not: ${messageOf(error)}.`,
    );
  }
  if (!isObject(value))
    throw commandInvalid(`${what} has to be an object, e.g. {"type": "pwa-node", "program": "…"}.`);
  return wrappable(value, what);
}

function wrappable(value: Record<string, unknown>, what: string): DebugAttributes {
  const { type } = value;
  if (typeof type !== 'string' || type === '')
    throw commandInvalid(`${what} has no "type": it says which debugger, e.g. "pwa-node".`);
  if (type === 'localprocess-k8s')
    throw commandInvalid(`${what} is a localprocess-k8s configuration already: wrap one of your debugger's.`);
  return { ...value, type };
}
