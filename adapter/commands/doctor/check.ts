import { LaunchError, messageOf } from '../../errors.ts';

/** `warning`: a session runs, with something less or after a question; `failed`: it does not. */
export type Verdict = 'ok' | 'warning' | 'failed';

/** One thing that a session needs, looked at. */
export interface Check {
  /** What was looked at. */
  name: string;
  verdict: Verdict;
  /** What is so, and what to do about it if it is not well. */
  message: string;
  /** The README's number and code for what is wrong. */
  number?: number;
  code?: string;
}

/** Says that something is not as it should be, though a session can do without. */
export class Remark extends Error {}

/**
 * Looks at something; resolves with what was found, good or bad. `act` resolves with what is well, and throws what is
 * not: a `Remark` is a warning, anything else as bad as `otherwise` says.
 */
export async function check(
  name: string,
  act: () => Promise<string> | string,
  otherwise: Exclude<Verdict, 'ok'> = 'failed',
): Promise<Check> {
  try {
    return { name, verdict: 'ok', message: await act() };
  } catch (error) {
    if (error instanceof Remark) return { name, verdict: 'warning', message: error.message };
    const known = error instanceof LaunchError && { number: error.number, code: error.code };
    return { name, verdict: otherwise, message: messageOf(error), ...known };
  }
}
