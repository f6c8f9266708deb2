import { expect, test } from '@jest/globals';
import { Framer, FramingError } from '../../adapter/dap/framing.ts';
import { Message } from '../../adapter/dap/message.ts';
import { eachSeed, odd, value, type Random } from './random.ts';

const separator = '\r\n\r\n';
/** Numbers as somebody writes them, and as they are understood. */
const numbers: readonly (readonly [unknown, number])[] = [
  [1, 1],
  [0, 0],
  [2147483648, 2147483648],
  ['17', 17],
  [2 ** 60, 0],
  [null, 0],
  ['x', 0],
  [[1], 0],
];

/** A message in any order and writing, and what it means. */
function anyMessage(random: Random) {
  const type = random.one(['request', 'response', 'event']);
  const name = random.one(['launch', 'output', 'é"x', 'seq']);
  const [seq, understood] = random.one([...numbers, undefined]) ?? [undefined, 0];
  const [requestSeq, asked] = random.one(numbers);
  const members = random.shuffled(
    Object.entries({
      ...(seq !== undefined && { seq }),
      type,
      ...(type === 'response'
        ? { request_seq: requestSeq, command: name }
        : { [type === 'event' ? 'event' : 'command']: name }),
      ...(random.below(4) > 0 && { body: value(random) }),
      ...(random.below(4) === 0 && { more: value(random) }),
    }),
  );
  const meaning = { type, name: type === 'response' ? '' : name, seq: understood };
  return { text: odd(members, random), meaning, asked: type === 'response' ? asked : 0 };
}

function encoded(message: Message, seq: number, requestSeq: number): string {
  const wire = Buffer.concat(message.encode(seq, requestSeq)).toString();
  const end = wire.indexOf(separator);
  const body = wire.slice(end + separator.length);
  expect(wire.slice(0, end)).toBe(`Content-Length: ${Buffer.byteLength(body)}`);
  return body;
}

test('the envelope is read as JSON.parse reads it, and nothing but its numbers is replaced', () =>
  eachSeed(3000, (random) => {
    const { text, meaning, asked } = anyMessage(random);
    const message = new Message(Buffer.from(text));
    const { type, name, seq, requestSeq } = message;
    expect({ type, name, seq }).toEqual(meaning);
    expect(requestSeq).toBe(asked);
    const sent = JSON.parse(text) as object;
    const numbered = { ...sent, seq: 7, ...(type === 'response' && { request_seq: 8 }) };
    expect(JSON.parse(encoded(message, 7, 8))).toEqual(numbered);
  }));

test('whatever is wrong with a body, it is a FramingError or goes on as it came', () =>
  eachSeed(3000, (random) => {
    const body = damaged(Buffer.from(anyMessage(random).text), random);
    let message;
    try {
      message = new Message(body);
    } catch (error) {
      expect(error).toBeInstanceOf(FramingError);
      return;
    }
    const sent = Buffer.concat(message.encode(1234567891, 1234567892)).toString('latin1');
    const parts = sent.slice(sent.indexOf(separator) + separator.length).split(/123456789[12]/);
    const came = body.toString('latin1');
    // One in front is ours: there was no number.
    if (parts[0] === '{"seq":') parts.splice(0, 2, parts[1]?.slice(1) ?? '');
    else expect(came.startsWith(parts[0] ?? '-')).toBe(true);
    expect(came.endsWith(parts.at(-1) ?? '-')).toBe(true);
    expect(parts.length).toBeLessThanOrEqual(3);
    expect(came).toContain(parts[1] ?? '');
    try {
      message.read('event');
    } catch (error) {
      expect(error).toBeInstanceOf(FramingError);
    }
  }));

function damaged(body: Buffer, random: Random): Buffer {
  const at = random.below(body.length);
  switch (random.below(4)) {
    case 0:
      return body.subarray(0, at);
    case 1:
      return Buffer.concat([body.subarray(0, at), body.subarray(random.below(body.length))]);
    case 2:
      return Buffer.concat([body.subarray(0, at), Buffer.from([random.below(256)]), body.subarray(at)]);
    default:
      body[at] = random.below(256);
      return body;
  }
}

test('a stream is cut into the same messages wherever it is torn', () =>
  eachSeed(300, (random) => {
    const bodies = Array.from({ length: 1 + random.below(5) }, () => anyMessage(random).text);
    const stream = Buffer.concat(bodies.map((body) => Buffer.from(framed(body, random))));
    const framer = new Framer({ strict: random.below(2) === 0 });
    const found: string[] = [];
    for (let at = 0; at < stream.length;) {
      const size = random.one([1, 1, 2, 10, 100, stream.length]);
      framer.push(stream.subarray(at, at + size), (body) => found.push(String(body)));
      at += size;
    }
    expect(found).toEqual(bodies.map((body) => Buffer.from(body).toString()));
    expect(framer.torn).toBe(false);
  }));

test('a stream torn in two at any byte is cut into the same messages', () => {
  const bodies = ['{"a":"é😀"}', '', '{}', '{"b":[1,2]}'];
  const stream = Buffer.from(bodies.map((body) => framed(body)).join(''));
  for (let at = 0; at <= stream.length; at++) {
    const framer = new Framer();
    const found: string[] = [];
    for (const part of [stream.subarray(0, at), stream.subarray(at)])
      framer.push(part, (body) => found.push(String(body)));
    expect(found).toEqual(bodies);
  }
});

function framed(body: string, random?: Random): string {
  const length = `${random?.one(['Content-Length: ', 'content-length:', 'CONTENT-LENGTH:\t']) ?? 'Content-Length: '}${Buffer.byteLength(body)}`;
  const type = 'Content-Type: application/vscode-jsonrpc; charset=utf-8';
  const header = random?.one([[length], [type, length], [length, type, 'X-A: é']]) ?? [length];
  return `${header.join('\r\n')}${separator}${body}`;
}
