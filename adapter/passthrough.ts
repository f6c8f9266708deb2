import { setTimeout as delay } from 'node:timers/promises';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { failureBody } from './dap/failure.ts';
import { Glass } from './dap/glass.ts';
import { Peer } from './dap/peer.ts';
import type { Conversation } from './dap/server.ts';
import type { DebuggerCommand } from './debugger/command.ts';
import { findOnPath, isExecutable } from './debugger/path.ts';
import { startDebugger, type Debugger } from './debugger/start.ts';
import { LaunchError, messageOf } from './errors.ts';
import { endOf, howEnded } from './wrapped.ts';

/** How long an adapter may go on when its editor says nothing more, in milliseconds: it may have to end a debuggee. */
const patience = 5000;
/** How long the process of an adapter may go on that says nothing more, in milliseconds. */
const exitPatience = 500;

export interface PassThroughOptions {
  /** How the adapter is reached: each conversation has its own. */
  command: DebuggerCommand;
  /** Refuse what a web page could send. */
  strict: boolean;
  /** Gets what the adapter writes to its standard error. */
  onWords: (text: string) => void;
  /** Says something to whoever has started this program. */
  tell: (text: string) => void;
}

/**
 * An editor and a debug adapter with nothing between them: no cluster, no capability added, no configuration
 * changed, no event withheld. Messages get another number, and that is all; the end of one is passed on to the other.
 */
export class PassThrough implements Conversation {
  readonly done: Promise<void>;
  readonly #options: PassThroughOptions;
  readonly #client: Peer;
  readonly #abort = new AbortController();
  readonly #aborted: Promise<void>;
  #asked = false;

  constructor(input: Readable, output: Writable, options: PassThroughOptions) {
    this.#options = options;
    this.#client = new Peer(input, output, { strict: options.strict });
    this.#aborted = new Promise((resolve) => {
      this.#abort.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.done = this.#converse().finally(() => this.#client.end());
  }

  /** Ends it as a signal to the adapter itself would. */
  end(): Promise<void> {
    this.#abort.abort();
    return this.done;
  }

  async #converse(): Promise<void> {
    const { command, onWords } = this.#options;
    try {
      const started = await startDebugger(command, { signal: this.#abort.signal, onWords });
      await this.#connect(started);
    } catch (error) {
      if (!this.#abort.signal.aborted) await this.#refuse(error);
    }
  }

  /** Passes everything on until one side has ended, and the other with it. Throws when nothing was asked before that. */
  async #connect(started: Debugger): Promise<void> {
    const adapter = new Peer(started.input, started.output);
    const client = this.#client;
    const gone = adapter.closed.then((reason) => goneOf(started, reason));
    const glass = new Glass({ client, adapter, why: async () => (await gone).error.message });
    adapter.listen({
      request: (request) => glass.pass(request, adapter),
      event: (event) => void client.send(event, { source: adapter }),
    });
    client.listen({
      request: (request) => {
        this.#asked = true;
        if (request.name !== 'cancel') glass.forward(request);
        // Its number would mean another request to the adapter.
        else if (!glass.cancel(request)) glass.cancelAs(0, request);
      },
      event: (event) => void adapter.send(event, { source: client }),
    });
    // One that has only closed its output is not told as ended by the signal that ends it here.
    await Promise.race([gone, this.#left(adapter), this.#aborted]);
    await started.end({ alone: true });
    adapter.destroy();
    const { error, expected } = await gone;
    if (client.ended || this.#abort.signal.aborted) return;
    if (!this.#asked) throw error;
    if (!expected) this.#options.tell(error.message);
  }

  /** Resolves when the editor has said its last, and the adapter has had the time to say its own. */
  async #left(adapter: Peer): Promise<void> {
    const reason = await this.#client.closed;
    if (reason) this.#options.tell(messageOf(reason));
    await adapter.end();
    await Promise.race([adapter.closed, delay(patience, undefined, { ref: false })]);
  }

  /** There is no adapter: every request is told why, until the editor goes. */
  async #refuse(error: unknown): Promise<void> {
    this.#options.tell(messageOf(error));
    this.#client.listen({
      request: (request) => this.#client.refuse(request, messageOf(error), failureBody(error)),
      event: () => undefined,
    });
    await Promise.race([this.#client.closed, this.#aborted]);
  }
}

/** How an adapter ended whose stream has; `expected`: as one does that has nothing left to do. */
async function goneOf(
  started: Debugger,
  reason: Error | undefined,
): Promise<{ error: LaunchError; expected: boolean }> {
  const how = await howEnded(started, exitPatience);
  const expected = reason === undefined && (how === undefined || how === 'with code 0');
  const words = started.lastWords();
  const message = `${endOf({ reason, how })}. ${words === '' ? 'Try it by itself.' : `It said last: ${words}`}`;
  return { error: new LaunchError('debugger-died', message), expected };
}

/** The adapter of `--adapter` or `--connect`. Throws a `LaunchError` when there is no such program. */
export async function adapterCommand(
  given: { command: string; args: string[] } | { host: string; port: number },
): Promise<DebuggerCommand> {
  if ('port' in given) return { by: 'address', ...given, given: '--connect' };
  const { command, args } = given;
  const path = /[/\\]/.test(command);
  const file = path ? (await isExecutable(command)) && resolve(command) : await findOnPath(command);
  if (file) return { by: 'stdio', command: file, args };
  throw new LaunchError(
    'debugger-not-installed',
    `Cannot start the debug adapter "${command}": ${path ? 'it is not an executable file' : 'there is no such program on PATH'}. ` +
      'Install it, or correct what follows "--adapter".',
  );
}
