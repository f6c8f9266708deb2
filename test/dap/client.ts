import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';

export type Answer = Omit<DebugProtocol.Response, 'body'> & {
  body?: Record<string, unknown> & { error?: DebugProtocol.Message };
};
export type Event = Omit<DebugProtocol.Event, 'body'> & { body?: Record<string, unknown> };
export type ReverseRequest = Omit<DebugProtocol.Request, 'arguments'> & {
  arguments: Record<string, unknown>;
};

/** One message as it went by; `at` in milliseconds since the client began. */
export interface Entry {
  at: number;
  direction: 'in' | 'out';
  message: DebugProtocol.ProtocolMessage & Record<string, unknown>;
}

/** How long a test waits for an answer or an event before it fails with the log's tail. Milliseconds. */
const patience = 20_000;

/**
 * A small DAP client for tests, with a reading of the protocol of its own. It keeps a log of everything;
 * an event that was waited for is not found a second time.
 */
export class DapClient implements AsyncDisposable {
  readonly log: Entry[] = [];
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
  /** The adapter's process, if this client started one. */
  readonly process: ChildProcess | undefined;
  /** What the adapter wrote to its standard error. */
  stderr = '';
  readonly #output: Writable;
  readonly #input: Readable;
  readonly #began = performance.now();
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #handlers = new Map<string, (request: ReverseRequest) => unknown>();
  readonly #claimed = new Set<Entry>();
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Map<string, (event: Event) => void>();
  /** The number of the next message. Some editors begin with 0. */
  nextSeq = 1;
  #buffer = Buffer.alloc(0);

  constructor(input: Readable, output: Writable, process?: ChildProcess) {
    this.#input = input;
    this.#output = output;
    this.process = process;
    this.closed = new Promise((resolve) => {
      input.once('end', resolve);
      input.once('close', () => resolve());
      input.once('error', () => resolve());
    });
    void this.closed.then(() => this.#changed());
    output.on('error', () => undefined);
    input.on('data', (chunk: Buffer) => this.#read(chunk));
    process?.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Starts an adapter that speaks on its standard input and output. */
  static start(
    command: string,
    args: string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string; uid?: number; gid?: number } = {},
  ): DapClient {
    const process = spawn(command, args, { stdio: 'pipe', ...options });
    return new DapClient(process.stdout, process.stdin, process);
  }

  /** Connects to an adapter that listens on 127.0.0.1; with `halfOpen`, what it says after a `hangUp` is heard. */
  static async dial(port: number, halfOpen = false): Promise<DapClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: halfOpen });
    await once(socket, 'connect');
    return new DapClient(socket, socket);
  }

  /** Sends a request; resolves with its answer, also a failure. */
  async request(command: string, args?: unknown): Promise<Answer> {
    const { answer } = this.send(command, args);
    return this.#inTime(answer, `an answer to "${command}"`);
  }

  /** Sends a request without waiting: its number, and its answer to come. */
  send(command: string, args?: unknown): { seq: number; answer: Promise<Answer> } {
    const seq = this.nextSeq++;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(seq, resolve));
    this.#write({ seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) });
    return { seq, answer };
  }

  /** The body of a successful answer. Throws when the request failed. */
  async body(command: string, args?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.request(command, args);
    if (!answer.success) throw new Error(`"${command}" failed: ${answer.message ?? ''}\n${this.tail()}`);
    return answer.body ?? {};
  }

  /** The first event of that name (or of one of those) that `matches`, from the log or when it comes, and not yet waited for. */
  async waitForEvent(
    name: string | readonly string[],
    matches: (event: Event) => boolean = () => true,
  ): Promise<Event> {
    const names = typeof name === 'string' ? [name] : name;
    const find = () =>
      this.log.find(
        (entry) =>
          entry.direction === 'in' &&
          !this.#claimed.has(entry) &&
          names.includes(String(entry.message.event)) &&
          matches(entry.message as unknown as Event),
      );
    const found = new Promise<Event>((resolve) => {
      const look = () => {
        const entry = find();
        if (!entry) return;
        this.#claimed.add(entry);
        this.#watchers.delete(look);
        resolve(entry.message as unknown as Event);
      };
      this.#watchers.add(look);
      look();
    });
    return this.#inTime(found, `the event "${names.join('" or "')}"`);
  }

  /** Answers the adapter's requests of that name with what `handler` returns; without one they fail. */
  onRequest(command: string, handler: (request: ReverseRequest) => unknown): void {
    this.#handlers.set(command, handler);
  }

  /** Calls back for each event of that name as it comes. */
  onEvent(name: string, listener: (event: Event) => void): void {
    this.#listeners.set(name, listener);
  }

  /** Everything received of one event so far. */
  events(name: string): Event[] {
    return this.log
      .filter(({ direction, message }) => direction === 'in' && message.event === name)
      .map(({ message }) => message as unknown as Event);
  }

  /** Everything the debuggee and the adapter printed so far, of one category or of all. */
  output(category?: string): string {
    return this.events('output')
      .filter(({ body }) => category === undefined || body?.category === category)
      .map(({ body }) => String(body?.output))
      .join('');
  }

  /** Calls back with everything that is printed from now on. */
  onOutput(tell: (text: string, category: string) => void): void {
    let seen = this.log.length;
    this.#watchers.add(() => {
      for (const { message } of this.log.slice(seen)) {
        const body = (message as unknown as Event).body;
        if (message.event === 'output') tell(String(body?.output), String(body?.category));
      }
      seen = this.log.length;
    });
  }

  /** Resolves when the adapter has written this to its standard error. */
  async waitForStderr(text: string): Promise<void> {
    const found = new Promise<void>((resolve) => {
      const look = () => {
        if (this.stderr.includes(text)) resolve();
      };
      this.process?.stderr?.on('data', look);
      look();
    });
    await this.#inTime(found, `"${text}" on standard error`);
  }

  /** Writes bytes as they are. */
  raw(bytes: Buffer | string): void {
    this.#output.write(bytes);
  }

  /** Closes the connection, as an editor that goes away does. */
  hangUp(): void {
    this.#output.end();
  }

  /** The last messages, for a failure's message. */
  tail(count = 25): string {
    const lines = this.log
      .filter(({ message }) => message.event !== 'loadedSource')
      .slice(-count)
      .map(
        ({ at, direction, message }) =>
          `${at.toFixed(0).padStart(6)} ${direction.padEnd(3)} ${JSON.stringify(message).slice(0, 300)}`,
      );
    return [...lines, this.stderr].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#output.end();
    const { process } = this;
    if (!process) {
      this.#input.destroy();
      return;
    }
    if (process.exitCode !== null || process.signalCode !== null) return;
    const exited = once(process, 'exit');
    const timer = setTimeout(() => process.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  }

  async #inTime<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Waited ${patience} ms for ${what}:\n${this.tail()}`)),
        patience,
      );
    });
    const gone = this.closed.then(async () => {
      // What arrived with the end of the stream still counts.
      await new Promise(setImmediate);
      throw new Error(`The adapter closed the connection while ${what} was awaited:\n${this.tail()}`);
    });
    try {
      return await Promise.race([promise, late, gone]);
    } finally {
      clearTimeout(timer);
      gone.catch(() => undefined);
    }
  }

  #write(message: object): void {
    this.#record('out', message as Entry['message']);
    const body = JSON.stringify(message);
    this.#output.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #record(direction: 'in' | 'out', message: Entry['message']): void {
    this.log.push({ at: performance.now() - this.#began, direction, message });
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      const header = /^Content-Length: (\d+)$/.exec(this.#buffer.toString('latin1', 0, Math.max(end, 0)));
      if (end < 0) return;
      if (!header) throw new Error(`Not DAP: ${this.#buffer.toString('utf8', 0, 200)}`);
      const from = end + 4;
      const to = from + Number(header[1]);
      if (this.#buffer.length < to) return;
      const message = JSON.parse(this.#buffer.toString('utf8', from, to)) as Entry['message'];
      this.#buffer = this.#buffer.subarray(to);
      this.#record('in', message);
      this.#receive(message);
    }
  }

  #receive(message: Entry['message']): void {
    if (message.type === 'response') {
      const answer = message as unknown as Answer;
      this.#answers.get(answer.request_seq)?.(answer);
      this.#answers.delete(answer.request_seq);
    } else if (message.type === 'request') void this.#answer(message as unknown as ReverseRequest);
    else this.#listeners.get(String(message.event))?.(message as unknown as Event);
    this.#changed();
  }

  async #answer(request: ReverseRequest): Promise<void> {
    const handler = this.#handlers.get(request.command);
    const answer = { type: 'response', request_seq: request.seq, command: request.command };
    if (!handler) {
      this.#write({ seq: this.nextSeq++, ...answer, success: false, message: 'not supported' });
      return;
    }
    const body = await handler(request);
    this.#write({ seq: this.nextSeq++, ...answer, success: true, body: body ?? {} });
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}
