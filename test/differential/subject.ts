import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { initialize } from '../harness.ts';
import type { DapClient } from '../dap/client.ts';
import { Recorder, type Particular, type Recording } from './recorder.ts';
import type { Way, Ways } from './ways.ts';

/** A debug adapter, and what the scripts need to know of it and of its program: a fixture "tour". */
export interface Subject extends Particular {
  ways: Ways;
  adapterID: string;
  /** Launch arguments. */
  launch: Record<string, unknown>;
  /** The program's source. */
  file: string;
  /** Where it begins to add, where it doubles a number, where it calls that in a loop, and where it prints the result. */
  lines: { begin: number; work: number; call: number; print: number };
  /** A condition for a breakpoint at `work` that is true once, and a message for one at `call`. */
  condition: string;
  message: string;
  /** Its main function. */
  main: string;
  /** Exception filters. */
  filters: string[];
  /** What is evaluated at `work`, wrong expressions included. */
  expressions: string[];
  /** A new value for a variable at `work`. */
  assign: { name: string; value: string };
  /** Whether it answers a request that it does not know, and those that come when the debuggee has ended. */
  refuses?: { unknown?: boolean; afterEnd?: boolean };
  /** Whether what it says while it ends the debuggee depends on how fast it goes itself: that is not compared. */
  untidy?: boolean;
  /** Whether it answers in the order in which it was asked. */
  inOrder?: boolean;
  /** The debuggee's sessions begin with `startDebugging` and another connection, not with the launch. */
  inChildren?: boolean;
  /** What it is known to answer with success, beyond what all do, in two of the scripts. */
  has: { breakpoints?: readonly string[]; inspection?: readonly string[] };
  /** Launch arguments by which it can be restarted; missing where it cannot. */
  restartable?: Record<string, unknown>;
  /** Launch arguments by which it runs in the editor's terminal; missing where it cannot. */
  terminal?: Record<string, unknown>;
  /** A program that runs the tour in so many processes and then workers, one after the other. */
  family?: { launch: Record<string, unknown>; processes: number; workers: number };
}

export const source = ({ file }: Subject): DebugProtocol.Source => ({ path: file });

/** One play of a script: its conversations with the debugger. */
export class Play implements AsyncDisposable {
  readonly subject: Subject;
  readonly #way: Way;
  readonly #open: Recorder[] = [];
  readonly #children: Record<string, unknown>[] = [];
  readonly #terminal = new Terminal();
  #told: () => void = () => undefined;

  constructor(subject: Subject, way: Way) {
    this.subject = subject;
    this.#way = way;
  }

  /** Begins another conversation; `port` as `Way.connect` takes it. */
  async connect(port?: number): Promise<Recorder> {
    const recorder = new Recorder(await this.#way.connect(port), this.subject);
    this.#open.push(recorder);
    recorder.handle('startDebugging', (args) => {
      this.#children.push(args);
      this.#told();
    });
    recorder.handle('runInTerminal', (args) => ({ processId: this.#terminal.run(args) }));
    return recorder;
  }

  /** Launch arguments as this way takes them. */
  wrap(launch: Record<string, unknown>): Record<string, unknown> {
    return this.#way.wrap?.(launch) ?? launch;
  }

  /** Says `initialize`. */
  async initialize(recorder: Recorder, capabilities: object = {}): Promise<void> {
    await recorder.ask('initialize', {
      ...initialize,
      adapterID: this.subject.adapterID,
      supportsVariableType: true,
      supportsVariablePaging: true,
      supportsMemoryReferences: true,
      ...capabilities,
    });
  }

  /** Launches; resolves with the conversation in which the debuggee can be configured now. */
  async launch(more: object = {}, capabilities: object = {}): Promise<Recorder> {
    const { launch, inChildren } = this.subject;
    const recorder = await this.connect();
    await this.initialize(recorder, {
      ...capabilities,
      ...(inChildren ? { supportsStartDebuggingRequest: true } : {}),
    });
    void recorder.ask('launch', this.wrap({ name: 'tour', request: 'launch', ...launch, ...more }));
    await recorder.client.waitForEvent('initialized');
    if (!inChildren) return recorder;
    await recorder.ask('configurationDone');
    return this.child();
  }

  /** What an editor does with the next `startDebugging`: begins a conversation that can be configured. */
  async child(): Promise<Recorder> {
    let late: NodeJS.Timeout | undefined;
    while (this.#children.length === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#told = resolve;
        const tails = () => this.#open.map(({ client }) => client.tail()).join('\n\n');
        late = setTimeout(() => reject(new Error(`Waited for a child:\n${tails()}`)), 20_000);
      });
      clearTimeout(late);
    }
    const { request, configuration } = this.#children.shift() ?? {};
    // debugpy says where the child is served.
    const { port } = (configuration as { connect?: { port?: number } }).connect ?? {};
    const recorder = await this.connect(port);
    await this.initialize(recorder, { supportsStartDebuggingRequest: true });
    void recorder.ask(String(request), configuration);
    await recorder.client.waitForEvent('initialized');
    return recorder;
  }

  /** Hangs up everywhere, with no more words. */
  async hangUp(): Promise<Recording[]> {
    for (const recorder of [...this.#open].reverse()) {
      recorder.cut();
      recorder.client.hangUp();
      await recorder.client.closed;
    }
    return this.#open.map((recorder) => recorder.recording());
  }

  /** Disconnects, hangs up, and waits until the other side has, too: what comes until then counts as well. */
  async end(args: DebugProtocol.DisconnectArguments = {}): Promise<Recording[]> {
    const [root] = this.#open;
    for (const recorder of [...this.#open].reverse()) {
      // Its children's end is what ends it.
      if (this.subject.inChildren && recorder === root) await recorder.client.waitForEvent('terminated');
      if (this.subject.untidy && args.terminateDebuggee) recorder.cut();
      if (this.subject.inChildren || recorder === root) await recorder.ask('disconnect', args);
      recorder.client.hangUp();
      await recorder.client.closed;
    }
    root?.note('terminal', await this.#terminal.printed());
    return this.#open.map((recorder) => recorder.recording());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map(({ client }: { client: DapClient }) => client[Symbol.asyncDispose]()));
    await this.#way[Symbol.asyncDispose]();
  }
}

/** The editor's terminal. */
class Terminal {
  readonly #running: Promise<{ out: string; err: string }>[] = [];

  /** Runs what `runInTerminal` says; returns its process id. */
  run(request: Record<string, unknown>): number | undefined {
    const { args, cwd, env } = request as unknown as DebugProtocol.RunInTerminalRequestArguments;
    const [file = '', ...rest] = args;
    const variables = { ...process.env, ...(env as NodeJS.ProcessEnv | undefined) };
    const child = spawn(file, rest, { cwd, env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
    this.#running.push(once(child, 'close').then(() => printed));
    return child.pid;
  }

  /** What was printed there, when everything has ended. */
  printed() {
    return Promise.all(this.#running);
  }
}

/**
 * Plays a script directly and through the relay, and expects the same of both; returns what that was. `comparable`:
 * a recording without what is meant to differ. Default: nothing is.
 */
export async function both(
  subject: Subject,
  script: (play: Play) => Promise<Recording[]>,
  comparable: (recording: Recording) => Recording = (recording) => recording,
): Promise<Recording[]> {
  const recordings: Recording[][] = [];
  const { direct, relayed } = subject.ways;
  for (const begin of [direct, relayed]) {
    await using play = new Play(subject, await begin());
    recordings.push((await script(play)).map(comparable));
  }
  const [expected = [], actual] = recordings;
  expect(actual).toEqual(expected);
  return expected;
}
