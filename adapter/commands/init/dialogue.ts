import { createInterface, type Interface } from 'node:readline';
import { LaunchError } from '../../errors.ts';
import { tell } from '../terminal.ts';

/** Something to choose from. */
export interface Choice<T> {
  value: T;
  /** What may be typed for it instead of its number. */
  name: string;
  /** Its line in the list, beside the number. Default: its name. */
  line?: string;
}

export interface Asking<T> {
  choices: readonly Choice<T>[];
  /** The one that an empty line means. */
  preset?: T | undefined;
  /** Makes a value of what is none of the choices, or throws why it cannot be one. Default: nothing else is taken. */
  other?: (text: string) => T;
}

/**
 * Questions at the terminal, on standard error: standard output is the command's. All of them read from one place, so
 * what is typed ahead counts. Rejects with the signal's reason, or when the input ends.
 */
export class Dialogue implements Disposable {
  readonly #lines: Interface;
  readonly #next: AsyncIterator<string, undefined>;
  readonly #signal: AbortSignal;
  readonly #close = () => this.#lines.close();

  private constructor(signal: AbortSignal) {
    this.#signal = signal;
    // The terminal keeps its ways: Ctrl-C is a signal.
    this.#lines = createInterface({ input: process.stdin, terminal: false });
    this.#next = this.#lines[Symbol.asyncIterator]();
    signal.addEventListener('abort', this.#close, { once: true });
  }

  /** `undefined` where nobody sits at a terminal. */
  static open(signal: AbortSignal): Dialogue | undefined {
    signal.throwIfAborted();
    return process.stdin.isTTY && process.stderr.isTTY ? new Dialogue(signal) : undefined;
  }

  /** Asks for one of several: by number, or by name. */
  async choose<T>(question: string, { choices, preset, other }: Asking<T>): Promise<T> {
    tell(question);
    const width = String(choices.length).length;
    for (const [index, { name, line = name }] of choices.entries())
      process.stderr.write(`  ${String(index + 1).padStart(width)}  ${line}\n`);
    const presetName = choices.find(({ value }) => value === preset)?.name;
    const range = choices.length === 0 ? '' : `1–${choices.length}`;
    return this.#ask(`${range}${presetName === undefined ? '' : ` [${presetName}]`}: `, (text) => {
      const typed = text === '' ? presetName : text;
      if (typed === undefined) return undefined;
      const chosen = choices.find(({ name }) => name === typed) ?? choices[Number(typed) - 1];
      if (chosen !== undefined) return { value: chosen.value };
      // A number that is not in the list is a slip.
      return other === undefined || /^\d+$/.test(typed) ? undefined : { value: other(typed) };
    });
  }

  /** Asks for a text; an empty line means `preset`. `read` makes a value of it, or throws why it cannot be one. */
  async read<T>(
    question: string,
    { preset, read }: { preset: string; read: (text: string) => T },
  ): Promise<T> {
    tell(question);
    return this.#ask(preset === '' ? ': ' : `[${preset}]: `, (text) => ({
      value: read(text === '' ? preset : text),
    }));
  }

  async #ask<T>(prompt: string, take: (text: string) => { value: T } | undefined): Promise<T> {
    for (;;) {
      process.stderr.write(prompt);
      const { done, value } = await this.#next.next();
      this.#signal.throwIfAborted();
      if (done === true)
        throw new LaunchError('cancelled', "Nothing was written, since the terminal's input has ended.");
      try {
        const taken = take(value.trim());
        if (taken !== undefined) return taken.value;
      } catch (error) {
        if (!(error instanceof LaunchError)) throw error;
        tell(error.message);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#close);
    this.#lines.close();
  }
}
