import { isDeepStrictEqual } from 'node:util';
import { anywhere } from './folders.ts';

type Attributes = Record<string, unknown>;

/** What a configuration is about; the rest is how. */
const essential = new Set(
  'type request name program module script command args url file mode processId port host'.split(' '),
);

/** A configuration that is about the same, and says nothing else. */
export function bare(configuration: Attributes): Attributes {
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => essential.has(name)));
}

/**
 * A configuration without what the extension of its type has added: what that adds to the bare one as well (`usual`; where
 * that is not known, it stays), and what it notes for itself. The folder's path gives way to its variable.
 */
export function lean(given: Attributes, usual: Attributes = {}, path: string): Attributes {
  const kept = Object.entries(given).filter(
    ([name, value]) =>
      value !== undefined &&
      !name.startsWith('__') &&
      (essential.has(name) || !isDeepStrictEqual(value, usual[name])),
  );
  return anywhere(Object.fromEntries(kept), path) as Attributes;
}
