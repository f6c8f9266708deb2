import { execa } from 'execa';

/** How long a program may take to show something, in milliseconds. */
const patience = 20_000;

/** A program at a terminal of its own; ended at the end. */
export interface AtTerminal extends AsyncDisposable {
  /** Resolves when it has been shown, behind what was found before; rejects with what was shown instead. */
  shows(text: RegExp): Promise<void>;
  type(text: string): void;
  /** Resolves with everything that was shown, and the exit code. */
  ended: Promise<{ exitCode: number | undefined; seen: string }>;
}

/** Starts a program with script(1), which gives it a terminal. */
export function atTerminal(
  command: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): AtTerminal {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const words = ['-qec', `exec ${line}`, '/dev/null'];
  const running = execa('script', words, { ...options, stdin: 'pipe', reject: false });
  let seen = '';
  let from = 0;
  running.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  return {
    shows: (text) =>
      new Promise((resolve, reject) => {
        const fail = (how: string) =>
          reject(new Error(`It ${how} showing ${String(text)}:\n${seen.slice(from)}`));
        const late = setTimeout(fail, patience, 'takes long without');
        const look = () => {
          const found = text.exec(seen.slice(from));
          if (!found) return;
          clearTimeout(late);
          running.stdout.off('data', look);
          from += found.index + found[0].length;
          resolve();
        };
        running.stdout.on('data', look);
        void running.then(() => {
          clearTimeout(late);
          fail('ended without');
        });
        look();
      }),
    type: (text) => void running.stdin.write(text),
    ended: running.then(({ exitCode }) => ({ exitCode, seen })),
    async [Symbol.asyncDispose]() {
      // Its terminal goes with it, and what runs there with that.
      running.kill('SIGTERM');
      await running;
    },
  };
}
