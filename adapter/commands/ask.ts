import { createInterface } from 'node:readline';
import { LaunchError } from '../errors.ts';
import type { LaunchContext } from '../launch.ts';
import type { TerminalProgress } from './terminal.ts';

/**
 * Asks at the terminal, by number; absent where nobody sits there. Rejects with the signal's reason: Ctrl-C cancels as
 * anywhere else, since the terminal keeps its ways.
 */
export function askAtTerminal(progress: TerminalProgress): Pick<LaunchContext, 'ask'> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return {};
  return {
    async ask({ text, choices }, signal) {
      signal.throwIfAborted();
      progress.say(text);
      for (const [index, choice] of choices.entries()) process.stderr.write(`  ${index + 1}  ${choice}\n`);
      const lines = createInterface({ input: process.stdin, terminal: false });
      const abort = () => lines.close();
      signal.addEventListener('abort', abort, { once: true });
      try {
        process.stderr.write(`1–${choices.length}: `);
        for await (const line of lines) {
          const choice = choices[Number(line) - 1];
          if (choice !== undefined) return choice;
          process.stderr.write(`1–${choices.length}: `);
        }
      } finally {
        signal.removeEventListener('abort', abort);
        lines.close();
      }
      signal.throwIfAborted();
      throw new LaunchError(
        'cancelled',
        "Nothing was chosen, since the terminal's input has ended: everything is as it was.",
      );
    },
  };
}
