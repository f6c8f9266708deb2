import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const separator = '\r\n\r\n';

interface Incoming {
  type: string;
  request_seq?: number;
  success?: boolean;
}

/** An editor's end of a conversation: it starts the program, and reads every message as editors do. */
export class Conversation implements AsyncDisposable {
  /** How many events have come. */
  events = 0;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers = new Map<number, () => void>();
  #seq = 0;
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = 0;

  /** Begins one with the program that `command` starts. Rejects when it does not answer. */
  static async begin([file = '', ...args]: readonly string[]): Promise<Conversation> {
    const conversation = new Conversation(spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await conversation.ask('initialize', { adapterID: 'bench' });
    return conversation;
  }

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process;
    process.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN;
  }

  /** Resolves when the answer has been read. */
  async ask(command: string, args: object = {}): Promise<void> {
    const seq = ++this.#seq;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    await new Promise<void>((resolve) => {
      this.#answers.set(seq, resolve);
      this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${separator}${body}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin.end();
    await exited;
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held);
    this.#needed = 0;
    for (;;) {
      const end = data.indexOf(separator);
      if (end < 0) break;
      const from = end + separator.length;
      const to = from + Number(/\d+/.exec(data.toString('latin1', 0, end))?.[0]);
      if (data.length < to) {
        this.#needed = to;
        break;
      }
      this.#take(JSON.parse(data.toString('utf8', from, to)) as Incoming);
      data = data.subarray(to);
    }
    this.#chunks = [data];
    this.#held = data.length;
  }

  #take({ type, request_seq = 0, success }: Incoming): void {
    if (type === 'event') this.events++;
    if (type !== 'response') return;
    if (success !== true) throw new Error('A request of this bench has failed.');
    this.#answers.get(request_seq)?.();
    this.#answers.delete(request_seq);
  }
}
