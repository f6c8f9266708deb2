import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Answer, DapClient, Event } from '../dap/client.ts';

/** What one conversation came to: the same for every way to the same debugger. */
export interface Recording {
  /** Each request with its answer, in the order they were made; and what else a script has noted. */
  notes: { of: string; came: unknown }[];
  /** The events of each thread and each breakpoint, in order; all others under "session". */
  events: Record<string, unknown[]>;
  /** What was printed, by category: how it is cut into events is nobody's promise. */
  output: Record<string, string>;
  /** What was asked of the editor, in order. */
  asked: unknown[];
}

// What follows differs between two runs of the same debugger with nothing between. It is not what the relay may
// change: it changes nothing.

/** Events whose number and place depend on the moment. */
const incidental = new Set([
  'output', // Cut as the pipes were read: the text is compared.
  'telemetry', // Durations.
  'loadedSource', // js-debug tells them as it gets to them.
  'module', // lldb reads symbols in the background.
  'debugpySockets', // The adapter's own ports.
  'memory', // lldb-dap says it for its own reads as well.
]);

/** Fields of which only the presence is compared: ids of processes, ports, places in memory, times. */
const particular =
  /^(?:systemProcessId|processId|pid|port|timestamp|memoryReference|instructionPointerReference|instructionReference|address|dataId|moduleId|addressRange|loadAddress|sourceReference|subProcessId|parentProcessId|__pendingTargetId|__sessionId|__autoExpandGetters|checksums|size|dateTimeStamp|debugInfoSize)$/;

/** The same in texts. */
const variable: [RegExp, string][] = [
  [/0x[0-9a-f]+/gi, '0x*'],
  [/(pid|process|tid|thread)(\W{1,3})\d+/gi, '$1$2*'],
  [/(\.c?js) \[\d+\]/g, '$1 [*]'], // js-debug's names of processes
  [/\[Go \d+\] runtime.*/g, '[Go *] runtime'], // Go's own goroutines come and go
  [/free\(\): invalid pointer\n[\s\S]*/, ''], // lldb-dap 19 fails when everything is over
  [/^error: \S+ 0x.*\n/gm, ''], // lldb, on symbols that it reads in the background
  [/^\d\.\d\ds - /gm, ''], // debugpy's own log
  [/\b(127\.0\.0\.1|localhost):\d+/g, '$1:*'],
  [/^\d{4,}$/, '*'],
  [/\/tmp\/[\w./-]+/g, '/tmp/*'],
  [/__debug_bin\d+/g, '__debug_bin*'],
];

/** Requests that are made only where the adapter says that it takes them: some never answer others. */
const claimed: Record<string, keyof DebugProtocol.Capabilities> = {
  breakpointLocations: 'supportsBreakpointLocationsRequest',
  completions: 'supportsCompletionsRequest',
  configurationDone: 'supportsConfigurationDoneRequest',
  dataBreakpointInfo: 'supportsDataBreakpoints',
  disassemble: 'supportsDisassembleRequest',
  exceptionInfo: 'supportsExceptionInfoRequest',
  gotoTargets: 'supportsGotoTargetsRequest',
  readMemory: 'supportsReadMemoryRequest',
  restart: 'supportsRestartRequest',
  setExpression: 'supportsSetExpression',
  setFunctionBreakpoints: 'supportsFunctionBreakpoints',
  setVariable: 'supportsSetVariable',
  stepInTargets: 'supportsStepInTargetsRequest',
  terminate: 'supportsTerminateRequest',
  writeMemory: 'supportsWriteMemoryRequest',
};

/** What is particular to one adapter. */
export interface Particular {
  /** Events that it sends more or less often by itself. */
  incidental?: readonly string[];
  /** Events that it sends out of the order of the others. */
  racing?: readonly string[];
  /** What it prints by itself, sooner or later. */
  chatter?: RegExp;
  /** Whether it mixes what the debuggee prints, with its own words and with each other, within lines: not compared. */
  ragged?: boolean;
}

/** A client that notes everything that is the same at every run. */
export class Recorder {
  readonly client: DapClient;
  readonly #notes: Recording['notes'] = [];
  readonly #asked: unknown[] = [];
  #capabilities: DebugProtocol.Capabilities = {};

  readonly #incidental: ReadonlySet<string>;
  readonly #racing: ReadonlySet<string>;
  readonly #chatter: RegExp;
  readonly #ragged: boolean;
  #until: number | undefined;

  /** `particular`: of this adapter, events whose number depends on the moment, and those of which only the place does. */
  constructor(client: DapClient, particular: Particular = {}) {
    this.client = client;
    this.#incidental = new Set([...incidental, ...(particular.incidental ?? [])]);
    this.#racing = new Set(particular.racing);
    this.#chatter = particular.chatter ?? /(?!)/g;
    this.#ragged = particular.ragged ?? false;
  }

  /**
   * Sends a request, notes its answer in the order of the requests, and returns it, also a failure. Nothing where the
   * adapter does not claim it.
   */
  async ask(command: string, args?: unknown): Promise<Answer | undefined> {
    const capability = claimed[command];
    if (capability !== undefined && this.#capabilities[capability] !== true) return undefined;
    const note = { of: command, came: undefined as unknown };
    this.#notes.push(note);
    const answer = await this.client.request(command, args);
    note.came = answer;
    if (command === 'initialize') this.#capabilities = (answer.body ?? {}) as DebugProtocol.Capabilities;
    return answer;
  }

  /** Notes anything else that has to be the same. */
  note(of: string, came: unknown): void {
    this.#notes.push({ of, came });
  }

  /** Answers what is asked of the editor, and notes it. */
  handle(command: string, answer: (args: Record<string, unknown>) => unknown): void {
    this.client.onRequest(command, (request) => {
      this.#asked.push({ command, arguments: request.arguments });
      return answer(request.arguments);
    });
  }

  /** Events from now on are not compared. */
  cut(): void {
    this.#until = this.client.log.length;
  }

  /** What it came to. */
  recording(): Recording {
    const events: Record<string, unknown[]> = {};
    const output: Record<string, string> = {};
    const received = this.client.log.slice(0, this.#until).filter(({ direction }) => direction === 'in');
    const threads = new Threads();
    for (const { message } of received) {
      if (message.type !== 'event') continue;
      const { event, body = {} } = message as unknown as Event;
      if (event === 'output' && body.category !== 'telemetry') {
        const category = typeof body.category === 'string' ? body.category : 'console';
        const text = this.#ragged ? '' : String(body.output).replaceAll(this.#chatter, '');
        if (text !== '') output[category] = (output[category] ?? '') + text;
      }
      if (this.#incidental.has(event)) continue;
      // js-debug finds the places of several breakpoints at once.
      const { id } = (body.breakpoint ?? {}) as { id?: unknown };
      const of = typeof id === 'number' ? `breakpoint ${id}` : this.#racing.has(event) ? event : 'session';
      (events[threads.name(body.threadId) ?? of] ??= []).push({ event, body });
    }
    const all = { notes: this.#notes, events, output, asked: this.#asked };
    return threads.same(all) as Recording;
  }
}

/** Names threads in the order in which they first appear: where they are the system's, they are others each time. */
class Threads {
  readonly #names = new Map<unknown, string>();

  name(id: unknown): string | undefined {
    if (typeof id !== 'number') return undefined;
    const name = this.#names.get(id) ?? `#${this.#names.size + 1}`;
    this.#names.set(id, name);
    return name;
  }

  /** A value without what is particular to this run. */
  same(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((one: unknown) => this.same(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== 'seq' && name !== 'request_seq')
        .map(([name, one]) => [this.#text(name), this.#field(name, one)]),
    );
  }

  #field(name: string, value: unknown): unknown {
    if (particular.test(name)) return '*';
    if (name === 'threadId') return this.name(value);
    if (name === 'threads' && Array.isArray(value)) return this.#threads(value as { id: number }[]);
    return this.same(value);
  }

  /** The order is nobody's promise, and how many goroutines Go itself has depends on the moment. */
  #threads(threads: { id: number }[]): string[] {
    const all = threads.map((one) => JSON.stringify(this.same({ ...one, id: this.name(one.id) })));
    return [...new Set(all.map((one) => (one.includes('[Go *] runtime') ? '[Go *] runtime' : one)))].sort();
  }

  #text(text: string): string {
    return variable.reduce((all, [pattern, instead]) => all.replace(pattern, instead), text);
  }
}
