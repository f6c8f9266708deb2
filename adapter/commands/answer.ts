import { asLaunchError, type LaunchError } from '../errors.ts';

/** Who reads what a command prints. */
export interface Reader<T> {
  /** A program does: JSON. */
  json: boolean;
  /** Otherwise people do: the lines for them. */
  inWords: (answer: T) => readonly string[];
}

/**
 * Asks, and prints the answer to standard output. A program gets a failure there as well, as `{"error": …}`; for people
 * it rejects. Resolves with the exit code.
 */
export async function printAnswer<T>(ask: () => Promise<T>, { json, inWords }: Reader<T>): Promise<number> {
  try {
    const answer = await ask();
    process.stdout.write(json ? asJson(answer) : `${inWords(answer).join('\n')}\n`);
    return 0;
  } catch (error) {
    if (!json) throw error;
    process.stdout.write(asJson({ error: describeError(asLaunchError(error)) }));
    return 1;
  }
}

/** A failure for programs. */
export function describeError({ number, code, message }: LaunchError) {
  return { number, code, message };
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
