import { FramingError } from './framing.ts';
import type { Protocol } from './protocol.ts';
import { quote, scanEnvelope, textOf, type Span } from './envelope.ts';

export type MessageType = 'request' | 'response' | 'event';

/**
 * One DAP message. What is relayed keeps its bytes: only `seq` and `request_seq` are replaced in them when
 * it is sent on. Parsing happens on demand and once.
 */
export class Message {
  readonly type: MessageType;
  /** The command of a request, the event of an event; empty for a response. */
  readonly name: string;
  readonly seq: number;
  /** Of a response: the `seq` of the request it answers. */
  readonly requestSeq: number;
  readonly #body: Buffer;
  readonly #seqAt: Span;
  readonly #requestSeqAt: Span | undefined;
  #parsed: unknown;

  /** Reads the envelope of a message's body. Throws a `FramingError` when it is not a DAP message. */
  constructor(body: Buffer) {
    const envelope = scanEnvelope(body);
    const { type } = envelope;
    if (
      (type !== 'request' && type !== 'response' && type !== 'event') ||
      (type === 'response' && !envelope.requestSeqAt)
    ) {
      throw new FramingError('Cannot read a message: it is not a request, a response or an event.');
    }
    this.type = type;
    this.name = type === 'request' ? envelope.command : envelope.event;
    this.seq = numberAt(body, envelope.seqAt);
    this.requestSeq = numberAt(body, envelope.requestSeqAt);
    this.#body = envelope.seqAt
      ? body
      : Buffer.concat([Buffer.from('{"seq":0,'), body.subarray(envelope.start)]);
    this.#seqAt = envelope.seqAt ?? { start: 7, end: 8 };
    this.#requestSeqAt = envelope.seqAt
      ? envelope.requestSeqAt
      : moved(envelope.requestSeqAt, 9 - envelope.start);
  }

  /**
   * A message of our own, from its parts; its `seq` is set when it is sent. `seq` here is the number by which
   * its maker knows the request that this one takes the place of.
   */
  static of(content: { type: MessageType; [field: string]: unknown }, seq = 0): Message {
    const { type, ...rest } = content;
    const { request_seq, ...others } = rest;
    // The envelope goes first, where reading it is cheapest.
    const envelope = type === 'response' ? { seq, type, request_seq: request_seq ?? 0 } : { seq, type };
    delete others.seq;
    return new Message(Buffer.from(JSON.stringify({ ...envelope, ...others })));
  }

  /** Bytes of the body. */
  get length(): number {
    return this.#body.length;
  }

  /** The parsed body, as what it is said to be. Throws a `FramingError` when it is not JSON. */
  read<Kind extends keyof Protocol>(_kind: Kind): Protocol[Kind] {
    try {
      this.#parsed ??= JSON.parse(this.#body.toString('utf8'));
    } catch (error) {
      throw new FramingError(`Cannot read ${this.#what}: its body is not JSON.`, { cause: error });
    }
    // The one place where a message gets its DAP type: whoever sent it is taken at their word.
    return this.#parsed as Protocol[Kind];
  }

  get #what(): string {
    return this.type === 'response' ? 'a response' : `the ${this.type} "${this.name}"`;
  }

  /** What goes on the wire, header included, with `seq` (and a response's `requestSeq`) as given. */
  encode(seq: number, requestSeq = this.requestSeq): Buffer[] {
    const edits: { at: Span; value: number }[] = [{ at: this.#seqAt, value: seq }];
    if (this.#requestSeqAt) edits.push({ at: this.#requestSeqAt, value: requestSeq });
    edits.sort((a, b) => a.at.start - b.at.start);

    const parts: Buffer[] = [];
    let from = 0;
    let length = 0;
    for (const { at, value } of edits) {
      const digits = Buffer.from(String(value), 'latin1');
      parts.push(this.#body.subarray(from, at.start), digits);
      length += at.start - from + digits.length;
      from = at.end;
    }
    parts.push(this.#body.subarray(from));
    length += this.#body.length - from;
    parts.unshift(Buffer.from(`Content-Length: ${length}\r\n\r\n`, 'latin1'));
    return parts;
  }
}

/** netcoredbg writes its `seq` as a string. */
function numberAt(body: Buffer, span: Span | undefined): number {
  if (!span) return 0;
  const value = Number(
    body[span.start] === quote ? textOf(body, span) : body.toString('latin1', span.start, span.end),
  );
  return Number.isSafeInteger(value) ? value : 0;
}

function moved(span: Span | undefined, by: number): Span | undefined {
  return span && { start: span.start + by, end: span.end + by };
}
