import type { Progress } from '../progress.ts';

/** Says something to whoever sits at the terminal; standard output belongs to the command. */
export function tell(text: string): void {
  process.stderr.write(`localprocess-k8s: ${text}\n`);
}

/**
 * Progress on standard error: what the user should know stays, and at a terminal the present step stands below it
 * until the next thing is said.
 */
export class TerminalProgress implements Progress {
  readonly #transient = process.stderr.isTTY;

  step(title: string): void {
    if (this.#transient) process.stderr.write(`\r\x1b[Klocalprocess-k8s: ${title} …`);
  }

  say(text: string): void {
    this.clear();
    tell(text);
  }

  warn(text: string): void {
    this.say(text);
  }

  /** Takes the present step away: the terminal is the command's now. */
  clear(): void {
    if (this.#transient) process.stderr.write('\r\x1b[K');
  }
}
