import { expect, test } from '@jest/globals';
import { Framer } from '../../adapter/dap/framing.ts';
import { Message } from '../../adapter/dap/message.ts';

const frame = (body: string, header = 'Content-Length') =>
  Buffer.from(`${header}: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

const cut = (framer: Framer, chunk: Buffer | string) => {
  const found: string[] = [];
  framer.push(Buffer.from(chunk), (body) => found.push(String(body)));
  return found;
};

test('cuts messages wherever the stream is torn', () => {
  const bodies = ['{"a":"é😀"}', '{}', `{"long":"${'x'.repeat(5000)}"}`];
  const stream = Buffer.concat(bodies.map((body) => frame(body)));
  for (const size of [1, 2, 3, 7, 64, stream.length]) {
    const framer = new Framer();
    const found: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...cut(framer, stream.subarray(at, at + size)));
    }
    expect(found).toEqual(bodies);
    expect(framer.torn).toBe(false);
  }
});

test('takes headers in any case and those it does not know', () => {
  const text = 'content-TYPE: application/json\r\ncontent-length:2\r\nX-More: 1\r\n\r\n{}';
  expect(cut(new Framer({ strict: true }), text)).toEqual(['{}']);
});

test('knows a stream that ended within a message', () => {
  const framer = new Framer();
  cut(framer, frame('{"a":1}').subarray(0, 20));
  expect(framer.torn).toBe(true);
});

test.each([
  ['POST / HTTP/1.1\r\n', /not "Name: value"/],
  ['Host: localhost\r\nContent-Length: 2\r\n\r\n{}', /"Host"/],
  ['Content-Length: 2\r\nOrigin: http://example.org\r\n\r\n{}', /"Origin"/],
])('refuses what a browser sends: %j', (text, reason) => {
  expect(() => cut(new Framer({ strict: true }), text)).toThrow(reason);
});

test.each([
  ['Content-Type: x\r\n\r\n', /no "Content-Length"/],
  [`Content-Length: ${2 ** 31}\r\n\r\n`, /at most/],
  [`X: ${'y'.repeat(20_000)}`, /header is longer/],
  ['Content-Length: 2\r\nContent-Length: 3\r\n\r\n', /two different/],
  // Nothing that follows makes these a header: whoever waits for it waits for ever.
  ['Content-Length: 2\n\n{}', /does not end with CR LF/],
  ['Traceback (most recent call last):\n', /begins with "Traceback/],
])('refuses a header that cannot be right', (text, reason) => {
  expect(() => cut(new Framer(), text)).toThrow(reason);
});

const spliced = (body: string, seq: number, requestSeq?: number) => {
  const wire = Buffer.concat(new Message(Buffer.from(body)).encode(seq, requestSeq)).toString();
  const [header = '', ...rest] = wire.split('\r\n\r\n');
  const out = rest.join('\r\n\r\n');
  expect(header).toBe(`Content-Length: ${Buffer.byteLength(out)}`);
  return out;
};

test('replaces the numbers alone, wherever they stand, and keeps every other byte', () => {
  const odd = '"body": {"seq": 5, "request_seq": 6, "x": "\\"}{\\\\", "type": "event", "é": [1, {"b": []}]}';
  expect(spliced(`{"seq":1,"type":"request","command":"a",${odd}}`, 700)).toBe(
    `{"seq":700,"type":"request","command":"a",${odd}}`,
  );
  expect(spliced(`{${odd}, "command": "a", "type" : "request" , "seq" : 1 }`, 2)).toBe(
    `{${odd}, "command": "a", "type" : "request" , "seq" : 2 }`,
  );
  expect(spliced(`{"request_seq":9,"type":"response",${odd},"seq":"12"}`, 3, 44)).toBe(
    `{"request_seq":44,"type":"response",${odd},"seq":3}`,
  );
  // Without any `seq`, one is put in.
  expect(JSON.parse(spliced('{"type":"response","request_seq":9,"success":true}', 3, 4))).toEqual({
    seq: 3,
    type: 'response',
    request_seq: 4,
    success: true,
  });
});

test('what was complete before a fault is delivered', () => {
  const found: string[] = [];
  const stream = Buffer.concat([frame('{}'), Buffer.from('X: 1\r\n\r\n')]);
  expect(() => new Framer().push(stream, (body) => found.push(String(body)))).toThrow(/no "Content-Length"/);
  expect(found).toEqual(['{}']);
});

test('knows members whose names or values are escaped', () => {
  const message = new Message(
    Buffer.from('{"\\u0073eq":3,"t\\u0079pe":"re\\u0071uest","command":"l\\u0061unch"}'),
  );
  expect([message.type, message.name, message.seq]).toEqual(['request', 'launch', 3]);
});

test('reads numbers that are strings, and long strings with quotes', () => {
  const value = JSON.stringify('"\\'.repeat(200));
  const message = new Message(Buffer.from(`{"x":${value},"seq":"17","type":"event","event":"e\\u0041"}`));
  expect(message.seq).toBe(17);
  expect(message.type).toBe('event');
});

test.each([
  '',
  '[]',
  '{"type":"request"',
  '{"seq":1}',
  '{"seq":1,"type":"response"}',
  '{"type":"x","seq":1}',
  // Two messages in one: the length was wrong.
  '{"seq":1,"type":"event","event":"a"}Content-Length: 36\r\n',
  '{"seq":1,"type":"event","event":"\\x"}',
])('refuses what is not a message: %j', (body) => {
  expect(() => new Message(Buffer.from(body))).toThrow(/Cannot read a message/);
});
