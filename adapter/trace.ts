import type { Editor } from './dap/editor.ts';
import type { Message } from './dap/message.ts';
import type { Observer } from './dap/peer.ts';
import { hiddenValue } from './diagnostics.ts';
import type { Delegation } from './launch.ts';
import type { WrappedDebugger } from './wrapped.ts';

/** A message longer than this, in bytes, is named and not shown: to hide what is in it, it would have to be parsed. */
const longestRead = 2 ** 20;
/** So many characters of a message are shown. */
const shown = 2000;
/** Values shorter than this are parts of ordinary words: they are hidden only where they stand alone. */
const shortestPart = 8;

/** What the line says already. */
const envelope = new Set(['seq', 'request_seq', 'type', 'command', 'event']);

type Environment = Readonly<Record<string, string | null>>;

/** Has both conversations written from now on, if somebody wants them, and how they began. */
export function writeDown(
  editor: Editor,
  wrapped: WrappedDebugger,
  { trace, environment }: Pick<Delegation, 'trace' | 'environment'>,
): void {
  if (!trace) return;
  const lines = new Trace(trace, environment);
  editor.show(lines.of('editor'));
  wrapped.show(lines.of('debugger'), lines.of('child'));
}

/**
 * Writes conversations for people: each message a line, with the values of variables hidden, both those of any `env`
 * or `environment` and, wherever they appear, those of `environment`, which came from the cluster.
 */
class Trace {
  readonly #write: (line: string) => void;
  readonly #values: Set<string>;
  readonly #parts: string[];

  constructor(write: (line: string) => void, environment: Environment) {
    this.#write = write;
    const values = Object.values(environment).filter((value) => value !== null && value !== '');
    this.#values = new Set(values as string[]);
    // A value of several lines may be printed line by line. The longest first: others may be parts of it.
    this.#parts = [...new Set(values.flatMap((value) => [value ?? '', ...(value?.split('\n') ?? [])]))]
      .filter((part) => part.length >= shortestPart)
      .sort((one, other) => other.length - one.length);
  }

  /** What is said to and by `whom`, e.g. "editor". */
  of(whom: string): Observer {
    return (direction, message, seq, requestSeq) => {
      const arrow = direction === 'in' ? `${whom} → adapter` : `adapter → ${whom}`;
      const { name, content } = this.#read(message);
      const numbers = message.type === 'response' ? `${seq}→${requestSeq}` : String(seq);
      const size = `… (${message.length} bytes)`;
      const text = content.length > shown ? `${content.slice(0, shown)}${size}` : content;
      this.#write(`${arrow.padEnd(20)} ${message.type} ${name} ${numbers} ${text === '' ? size : text}`);
    };
  }

  /** Its name, and what it says beyond its envelope as JSON; nothing for one that is too long. */
  #read(message: Message): { name: string; content: string } {
    if (message.length > longestRead) return { name: message.name, content: '' };
    let content: Record<string, unknown>;
    try {
      // Its members are whatever they are: nothing more than JSON is taken for granted.
      content = { ...message.read(message.type) };
    } catch {
      return { name: message.name, content: '' };
    }
    const { command, event } = content;
    const rest = Object.fromEntries(Object.entries(content).filter(([name]) => !envelope.has(name)));
    const only = Object.keys(rest).length === 1 ? (rest.arguments ?? rest.body) : undefined;
    return { name: String(command ?? event), content: JSON.stringify(this.#hide(only ?? rest)) };
  }

  #hide(value: unknown): unknown {
    if (typeof value === 'string') return this.#hideIn(value);
    if (Array.isArray(value)) return value.map((one: unknown) => this.#hide(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]: [string, unknown]) => [
        name,
        /^env(?:ironment)?$/i.test(name) ? hidden(one) : this.#hide(one),
      ]),
    );
  }

  #hideIn(text: string): string {
    if (this.#values.has(text)) return hiddenValue(text);
    return this.#parts.reduce((rest, part) => rest.replaceAll(part, hiddenValue(part)), text);
  }
}

/** Variables without their values, in whichever of the debuggers' ways they are written. */
function hidden(env: unknown): unknown {
  if (typeof env === 'string') {
    const [, assigned, value] = /^([A-Za-z_]\w*=)(.*)$/s.exec(env) ?? [];
    return assigned === undefined ? hiddenValue(env) : `${assigned}${hiddenValue(value ?? '')}`;
  }
  if (Array.isArray(env)) return env.map(hidden);
  if (typeof env !== 'object' || env === null) return env;
  const isPair = 'name' in env && 'value' in env && Object.keys(env).length === 2;
  return Object.fromEntries(
    Object.entries(env).map(([name, value]: [string, unknown]) => [
      name,
      isPair && name === 'name' ? value : hidden(value),
    ]),
  );
}
