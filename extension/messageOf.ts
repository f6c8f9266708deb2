import { types } from 'node:util';

/** The words of anything thrown: an error's message, or its text. */
export function messageOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
