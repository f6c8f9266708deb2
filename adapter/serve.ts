import type { Converse } from './dap/server.ts';
import { Session, type SessionOptions } from './session.ts';

/** Editors and their sessions, one each. */
export function sessions(options: SessionOptions): Converse {
  return (input, output, framing) => new Session(input, output, { ...options, ...framing });
}
