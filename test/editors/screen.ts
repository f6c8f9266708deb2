import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { familyOf, readKinship } from '../../adapter/machine/processes/kinship.ts';

interface ScreenOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Where it may write. Default: `cwd`. */
  own?: string;
}

/**
 * A program on a terminal of its own, for tests that type and read. The terminal is tmux's, told what to do in its control
 * mode (tmux(1), CONTROL MODE), which also says when something was written.
 */
export class Screen implements AsyncDisposable {
  readonly #tmux: ChildProcess;
  readonly #socket: string[];
  readonly #answers: { resolve: (lines: string[]) => void; reject: (error: Error) => void }[] = [];
  #block: string[] | undefined;
  #changed: () => void = () => undefined;

  private constructor(command: readonly string[], { cwd, env, own = cwd }: ScreenOptions) {
    this.#socket = ['-f', '/dev/null', '-S', `${own}/tmux`];
    this.#tmux = spawn(
      'tmux',
      [...this.#socket, '-C', 'new-session', '-x', '150', '-y', '40', '--', ...command],
      { cwd, env: { ...env, TERM: 'xterm-256color' }, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    if (this.#tmux.stdout) createInterface(this.#tmux.stdout).on('line', (line) => this.#read(line));
  }

  /** Starts a program there. */
  static start(command: readonly string[], options: ScreenOptions): Screen {
    return new Screen(command, options);
  }

  /** Presses keys, by tmux's names: "Enter", "Space", "F5", or a letter. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#tell(`send-keys -- ${quoted(key)}`);
  }

  /** Types a text and presses Enter. */
  async enter(text: string): Promise<void> {
    await this.#tell(`send-keys -l -- ${quoted(text)}`);
    await this.press('Enter');
  }

  /** What the screen shows now. */
  async text(): Promise<string> {
    return (await this.#tell('capture-pane -p')).join('\n');
  }

  /** Resolves with the screen when it shows this; rejects, with what it shows, when it does not within 30 s. */
  async shows(words: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(30_000);
    for (;;) {
      const changed = new Promise<void>((resolve) => (this.#changed = resolve));
      const text = await this.text();
      if (words.test(text)) return text;
      const late = once(deadline, 'abort').then(() => true);
      if (deadline.aborted || (await Promise.race([changed, late])) === true)
        throw new Error(`Waited 30 s for ${String(words)}, and there is:\n${text}`);
    }
  }

  /** What the program has started whose command line is like this, and all that descends from it. */
  async started(like: RegExp): Promise<number[]> {
    const [pid = ''] = await this.#tell("display-message -p '#{pane_pid}'");
    const kinship = await readKinship();
    const own = [...familyOf([Number(pid)], kinship)];
    const roots = own.filter((one) => like.test(commandLine(one)));
    return [...familyOf(roots, kinship)];
  }

  /** Ends the program and its terminal. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#tmux.exitCode !== null || this.#tmux.signalCode !== null) return;
    const exited = once(this.#tmux, 'exit');
    this.#tmux.stdin?.write('kill-server\n');
    await exited;
  }

  #tell(command: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
      this.#tmux.stdin?.write(`${command}\n`);
    });
  }

  #read(line: string): void {
    // The last of the three numbers is 1 for what this client has asked for.
    const [, word, asked] = /^%(begin|end|error) \d+ \d+ (\d)/.exec(line) ?? [];
    if (word === 'begin') this.#block = [];
    else if (word === undefined) {
      if (this.#block) this.#block.push(line);
      else if (line.startsWith('%output')) this.#changed();
    } else {
      const lines = this.#block ?? [];
      this.#block = undefined;
      if (asked !== '1') return;
      const answer = this.#answers.shift();
      if (word === 'end') answer?.resolve(lines);
      else answer?.reject(new Error(lines.join('\n')));
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
}
