import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';

/** The launch configurations' type. */
export const type = 'localprocess-k8s';

/** What the command line says instead of an answer: its number is explained in the README. */
export class CommandError extends Error {
  readonly number: number | undefined;
  readonly code: string | undefined;

  constructor(message: string, { number, code }: { number?: number; code?: string } = {}) {
    super(message);
    this.name = 'CommandError';
    this.number = number;
    this.code = code;
  }
}

/** The adapter that the extension brings along, as a debug adapter and as a command line. Runs by the editor's own Node.js. */
export class Program {
  readonly #main: string;
  readonly #env: Record<string, string>;

  constructor(context: vscode.ExtensionContext) {
    this.#main = context.asAbsolutePath(join('adapter', 'main.js'));
    this.#env = {
      // The editor's own program is Node.js when it is asked to be.
      ELECTRON_RUN_AS_NODE: '1',
      // Debug adapters that come with other extensions are found beside this one.
      VSCODE_EXTENSIONS: dirname(context.extensionPath),
    };
  }

  /** How a session's adapter is started: with the debugger's type, its capabilities are the editor's from the beginning. */
  adapter(debuggerType: string | undefined): vscode.DebugAdapterExecutable {
    const args = [this.#main, '--next-command', 'localprocess-k8s.next'];
    if (debuggerType !== undefined) args.push('--debugger', debuggerType);
    return new vscode.DebugAdapterExecutable(process.execPath, args, { env: this.#env });
  }

  /** Runs a command with `--json`, and resolves with what it prints. Rejects with a `CommandError`, or as the signal says. */
  async ask<Answer>(args: readonly string[], signal?: AbortSignal): Promise<Answer> {
    const printed = await this.run([...args, '--json'], signal);
    const answer = JSON.parse(printed) as Answer & {
      error?: { message: string; number: number; code: string };
    };
    if (answer.error) throw new CommandError(answer.error.message, answer.error);
    return answer;
  }

  /** Runs a command, and resolves with what it prints. Rejects with a `CommandError`, or as the signal says. */
  run(args: readonly string[], signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = {
        env: { ...process.env, ...this.#env },
        maxBuffer: Infinity,
        ...(signal && { signal }),
      };
      execFile(process.execPath, [this.#main, ...args], options, (error, stdout, stderr) => {
        if (signal?.aborted) reject(signal.reason as Error);
        else if (!error || (args.includes('--json') && stdout.startsWith('{'))) resolve(stdout);
        else reject(new CommandError(stderr.trim().replace(/^localprocess-k8s: /, '') || error.message));
      });
    });
  }
}
