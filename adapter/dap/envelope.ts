import { FramingError } from './framing.ts';

/** A range of bytes in a message's body. */
export interface Span {
  start: number;
  end: number;
}

/** What relaying a message needs to know of it. */
export interface Envelope {
  type: string;
  command: string;
  event: string;
  seqAt: Span | undefined;
  requestSeqAt: Span | undefined;
  /** Where the first member begins. */
  start: number;
}

/** The byte with which a string begins and ends. */
export const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;
const colon = 0x3a;

/**
 * Finds the envelope's members in a body without parsing it: the top level is walked, nested values are
 * skipped, and the walk ends as soon as everything the type needs is known. Most adapters write the envelope
 * first, so this costs the same for every size; js-debug writes `seq` last. What follows them is not checked: it goes
 * on as it came. Throws a `FramingError` for what cannot be a message.
 */
export function scanEnvelope(body: Buffer): Envelope {
  let at = skipSpace(body, 0);
  // Looking at both ends finds nearly every wrong length, which would have two messages become one.
  if (body[at] !== openObject || body[lastOf(body)] !== closeObject) throw malformed();
  at = skipSpace(body, at + 1);
  const envelope: Envelope = {
    type: '',
    command: '',
    event: '',
    seqAt: undefined,
    requestSeqAt: undefined,
    start: at,
  };
  while (body[at] === quote) {
    const keyEnd = skipString(body, at);
    const key = textOf(body, { start: at, end: keyEnd });
    at = skipSpace(body, keyEnd);
    if (body[at] !== colon) throw malformed();
    at = skipSpace(body, at + 1);
    const end = skipValue(body, at);
    note(envelope, key, body, { start: at, end });
    if (complete(envelope)) return envelope;
    at = skipSpace(body, end);
    if (body[at] === comma) at = skipSpace(body, at + 1);
    else break;
  }
  if (body[at] !== closeObject) throw malformed();
  return envelope;
}

function note(envelope: Envelope, key: string, body: Buffer, span: Span): void {
  if (key === 'seq') envelope.seqAt = span;
  else if (key === 'request_seq') envelope.requestSeqAt = span;
  else if (key === 'type' || key === 'command' || key === 'event') {
    if (body[span.start] === quote) envelope[key] = textOf(body, span);
  }
}

/** The text that the string at this span stands for; hardly anybody escapes anything in those that matter here. Throws a `FramingError`. */
export function textOf(body: Buffer, { start, end }: Span): string {
  const text = body.toString('utf8', start + 1, end - 1);
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    throw malformed();
  }
}

function complete(envelope: Envelope): boolean {
  if (!envelope.seqAt) return false;
  switch (envelope.type) {
    case 'request':
      return envelope.command !== '';
    case 'response':
      return envelope.requestSeqAt !== undefined;
    case 'event':
      return envelope.event !== '';
    default:
      return false;
  }
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at++;
  return at;
}

/** Where the last byte that is no space stands. */
function lastOf(body: Buffer): number {
  let at = body.length - 1;
  while (isSpace(body[at])) at--;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The end of the string whose opening quote is at `from`. */
function skipString(body: Buffer, from: number): number {
  let at = from + 1;
  // Short strings are walked; in a long one the native search is faster by far.
  const near = Math.min(body.length, at + 48);
  for (; at < near; at++) {
    const byte = body[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at++;
  }
  for (;;) {
    const end = body.indexOf(quote, at);
    if (end < 0) throw malformed();
    let escapes = 0;
    while (end - 1 - escapes >= at && body[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

function skipValue(body: Buffer, from: number): number {
  const first = body[from];
  if (first === quote) return skipString(body, from);
  if (first === openObject || first === openArray) return skipNested(body, from);
  let at = from;
  for (; at < body.length; at++) {
    const byte = body[at];
    if (byte === comma || byte === closeObject || byte === closeArray || isSpace(byte)) break;
  }
  if (at === from) throw malformed();
  return at;
}

function skipNested(body: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < body.length) {
    const byte = body[at];
    if (byte === quote) {
      at = skipString(body, at);
      continue;
    }
    at++;
    if (byte === openObject || byte === openArray) depth++;
    else if ((byte === closeObject || byte === closeArray) && --depth === 0) return at;
  }
  throw malformed();
}

function malformed(): FramingError {
  return new FramingError('Cannot read a message: its body is not a JSON object.');
}
