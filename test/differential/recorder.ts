import { DapClient, type Answer, type Event } from '../dap/client.ts';

/** What one conversation came to: the same for every way to the same debugger. */
export interface Recording {
  /** Each request with its answer, in the order they were made. */
  answers: { command: string; answer: unknown }[];
  /** The events of each thread, in order; those of none under "session". */
  events: Record<string, unknown[]>;
  /** What was printed, by category: how it is cut into events is nobody's promise. */
  output: Record<string, string>;
  /** What was asked of the editor. */
  asked: unknown[];
}

/** Events whose number and place depend on the moment. */
const incidental = new Set([
  'output',
  'telemetry',
  'loadedSource',
  'module',
  'capabilities',
  'debugpySockets',
]);
/** What is another at every run: it has to be there, and nothing more. */
const particular =
  /^(?:systemProcessId|processId|pid|port|startMethod|timestamp|memoryReference|instructionPointerReference|instructionReference|address|__\w+|sessionId|debugServer|source(?:Reference)?Map)$/;

/** A client that notes everything that is the same at every run. */
export class Recorder {
  readonly client: DapClient;
  readonly #answers: Recording['answers'] = [];
  readonly #asked: unknown[] = [];
  readonly #places: readonly string[];

  /** `places`: texts that differ between the ways, e.g. temporary folders. */
  constructor(client: DapClient, places: readonly string[] = []) {
    this.client = client;
    this.#places = places;
  }

  /** Sends a request, notes its answer, and returns it, also a failure. */
  async ask(command: string, args?: unknown): Promise<Answer> {
    const answer = await this.client.request(command, args);
    this.#note(command, answer);
    return answer;
  }

  /** Sends a request whose answer comes later; the order of notes is that of the requests. */
  begin(command: string, args?: unknown): Promise<Answer> {
    const entry = { command, answer: undefined as unknown };
    this.#answers.push(entry);
    const { answer } = this.client.send(command, args);
    return answer.then((one) => {
      entry.answer = this.#same(withoutOwn(command, one));
      return one;
    });
  }

  /** Answers what is asked of the editor, and notes it. */
  handle(command: string, handler: (args: Record<string, unknown>) => unknown): void {
    this.client.onRequest(command, (request) => {
      this.#asked.push(this.#same({ command, arguments: request.arguments }));
      return handler(request.arguments);
    });
  }

  recording(): Recording {
    const events: Record<string, unknown[]> = {};
    const output: Record<string, string> = {};
    for (const { direction, message } of this.client.log) {
      if (direction !== 'in' || message.type !== 'event') continue;
      const { event, body = {} } = message as unknown as Event;
      if (event === 'output') {
        const category = String(body.category ?? 'console');
        if (category !== 'telemetry') output[category] = (output[category] ?? '') + String(body.output);
      }
      if (incidental.has(event)) continue;
      (events[String(body.threadId ?? 'session')] ??= []).push(this.#same({ event, body }));
    }
    for (const [category, text] of Object.entries(output)) output[category] = this.#text(text);
    return { answers: this.#answers, events, output, asked: this.#asked };
  }

  #note(command: string, answer: Answer): void {
    this.#answers.push({ command, answer: this.#same(withoutOwn(command, answer)) });
  }

  #same(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((one: unknown) => this.#same(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== 'seq' && name !== 'request_seq')
        .map(([name, one]) => [name, particular.test(name) ? '*' : this.#same(one)]),
    );
  }

  #text(text: string): string {
    return this.#places
      .reduce((all, place) => all.replaceAll(place, '*'), text)
      .replace(/0x[0-9a-f]{4,}/gi, '0x*')
      .replace(/\b(?:pid|process|PID)(\W{1,2})\d+/g, 'process$1*')
      .replace(/__debug_bin\d+/g, '__debug_bin*');
  }
}

/** Two capabilities are the adapter's own: it answers them where the debugger cannot. */
function withoutOwn(command: string, answer: Answer): unknown {
  if (command !== 'initialize') return answer;
  const body = { ...answer.body };
  delete body.supportsConfigurationDoneRequest;
  delete body.supportsCancelRequest;
  return { ...answer, body };
}
