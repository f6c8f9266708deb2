import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { familyOf, readKinship } from '../../adapter/machine/processes/kinship.ts';
import { root } from '../harness.ts';
import { installed, sample } from './project.ts';

const run = promisify(execFile);

/** A running Emacs with the sample loaded; what a person would do in it is in drive.el. */
export class Emacs implements AsyncDisposable {
  readonly #process: ReturnType<typeof spawn>;
  readonly #socket: string;
  readonly #env: NodeJS.ProcessEnv;
  /** Everything it has said in the echo area, or of itself. */
  said = '';

  private constructor(folder: string, env: NodeJS.ProcessEnv, own: string) {
    this.#socket = join(own, 'socket');
    this.#env = env;
    const load = [join(root, 'test', 'editors', 'drive.el'), sample('dape', 'localprocess-k8s.el')];
    this.#process = spawn(
      join(installed, 'bin', 'emacs'),
      [
        '-Q',
        `--init-directory=${own}`,
        `--fg-daemon=${this.#socket}`,
        ...load.flatMap((file) => ['--load', file]),
      ],
      { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  /** Starts it in a project's folder; resolves when it can be told something. `own`: where it may write. */
  static async start(folder: string, env: NodeJS.ProcessEnv, own = folder): Promise<Emacs> {
    const emacs = new Emacs(folder, env, own);
    const ended = once(emacs.#process, 'exit').then(() => {
      throw new Error(`Emacs has ended:\n${emacs.said}`);
    });
    ended.catch(() => undefined);
    while (!emacs.said.includes('listening')) {
      const { stderr } = emacs.#process;
      if (stderr) await Promise.race([once(stderr, 'data'), ended]);
    }
    return emacs;
  }

  /** Evaluates an expression in it; resolves with what `prin1` makes of its value. */
  async evaluate(expression: string): Promise<string> {
    try {
      const args = ['--socket-name', this.#socket, '--eval', expression];
      const { stdout } = await run(join(installed, 'bin', 'emacsclient'), args, { env: this.#env });
      return stdout.trimEnd();
    } catch (error) {
      throw new Error(`${expression} failed:\n${this.said}`, { cause: error });
    }
  }

  /** Evaluates an expression of drive.el that says something later; resolves with what it says, e.g. of "stopped". */
  async says(what: string, expression: string): Promise<string> {
    const from = this.said.length;
    await this.evaluate(expression);
    const said = () => new RegExp(`^${what}: (.*)$`, 'm').exec(this.said.slice(from))?.[1];
    const deadline = AbortSignal.timeout(30_000);
    for (let value; ;) {
      if ((value = said()) !== undefined) return value;
      try {
        if (this.#process.stderr) await once(this.#process.stderr, 'data', { signal: deadline });
      } catch (error) {
        throw new Error(`Waited 30 s for "${what}":\n${this.said}`, { cause: error });
      }
    }
  }

  /** What it has started, and all that descends from that. */
  async started(): Promise<number[]> {
    const { pid = 0 } = this.#process;
    return [...familyOf([pid], await readKinship())].filter((one) => one !== pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    // It may be asking something, and would wait for the answer first.
    this.#process.kill('SIGKILL');
    await exited;
  }
}
