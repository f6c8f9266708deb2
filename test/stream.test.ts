import { expect, test } from '@jest/globals';
import { eachSeed, odd, value, type Random } from './dap/random.ts';
import { connected, json } from './dap/scripted.ts';
import { frame, type Body } from './dap/wire.ts';
import { FakeLaunch } from './fakeLaunch.ts';

const mebibyte = 2 ** 20;

/** Messages of one type as anybody may write them, numbered from `first` on. */
function several(
  random: Random,
  type: 'request' | 'event',
  { first, count }: { first: number; count: number },
) {
  return Array.from({ length: count }, (_, index) => {
    const [name, content] = type === 'request' ? ['command', 'arguments'] : ['event', 'body'];
    const body: Body = {
      seq: first + index,
      type,
      [name]: 'something',
      [content]: { token: `${type} ${index}`, more: value(random) },
    };
    return { body, bytes: frame(odd(random.shuffled(Object.entries(body)), random)) };
  });
}

/** An answer to each request that came, with its token, in any order. */
function answers(random: Random, requests: readonly Body[], first: number): Buffer {
  const all = random.shuffled(requests).map(({ seq, arguments: given }, index) => {
    const body = {
      seq: first + index,
      type: 'response',
      request_seq: seq,
      success: true,
      command: 'something',
    };
    const more = { body: { token: (given as { token: string }).token, more: value(random) } };
    return frame(odd(random.shuffled(Object.entries({ ...body, ...more })), random));
  });
  return Buffer.concat(all);
}

const bytesOf = (messages: readonly { bytes: Buffer }[]) => Buffer.concat(messages.map(({ bytes }) => bytes));
const unnumbered = (messages: readonly (Body | { body: Body })[]) =>
  messages.map((one) => ({ ...('bytes' in one ? (one.body as Body) : (one as Body)), seq: undefined }));

/** Each request has its own answer, and one. */
function expectAnswers(responses: readonly Body[], requests: readonly { body: Body }[]): void {
  const got = responses.map(({ request_seq, body }) => [request_seq, (body as { token: string }).token]);
  const wanted = requests.map(({ body: { seq, arguments: given } }) => [
    seq,
    (given as { token: string }).token,
  ]);
  const sorted = (pairs: unknown[][]) => pairs.sort((a, b) => Number(a[0]) - Number(b[0]));
  expect(sorted(got)).toEqual(sorted(wanted));
}

test('both conversations arrive whole and in order, however they are written and torn', () =>
  eachSeed(40, async (random) => {
    await using there = await connected();
    const { editor, child } = there;
    const count = 12;
    const asked = several(random, 'request', { first: 2, count });
    const told = random.shuffled([
      ...several(random, 'event', { first: 2, count }),
      ...several(random, 'request', { first: 2 + count, count }),
    ]);
    await Promise.all([
      editor.writeTorn(bytesOf(asked), random),
      child.writeTorn(bytesOf(told), random),
      child.until(() => child.of('request').length === count + 1),
      editor.until(() => editor.of('request').length + editor.of('event').length === 2 * count),
    ]);
    await Promise.all([
      child.writeTorn(answers(random, child.of('request').slice(1), 100), random),
      editor.writeTorn(answers(random, editor.of('request'), 100), random),
      editor.until(() => editor.of('response').length === count + 1),
      child.until(() => child.of('response').length === count),
    ]);

    expect(unnumbered(child.of('request').slice(1))).toEqual(unnumbered(asked));
    for (const type of ['event', 'request'] as const)
      expect(unnumbered(editor.of(type))).toEqual(unnumbered(told.filter(({ body }) => body.type === type)));
    expectAnswers(editor.of('response').slice(1), asked);
    expectAnswers(
      child.of('response'),
      told.filter(({ body }) => body.type === 'request'),
    );
    for (const { received } of [editor, child])
      expect(received.map((one) => (one as Body).seq)).toEqual(received.map((_, index) => index + 1));
  }));

test('64 MiB go both ways at once, and what follows is not mixed up with them', async () => {
  await using there = await connected();
  const { editor, child } = there;
  const text = 'é"\\'.repeat((64 * mebibyte) / 6);
  await Promise.all([
    editor.write(json({ seq: 2, type: 'request', command: 'evaluate', arguments: { text } })),
    child.write(json({ type: 'event', event: 'output', body: { text }, seq: 2 })),
  ]);
  await Promise.all([
    editor.write(json({ seq: 3, type: 'request', command: 'threads' })),
    child.write(json({ seq: 3, type: 'event', event: 'small' })),
    child.until(({ length }) => length === 3),
    editor.until(({ length }) => length === 3),
  ]);
  const [large, small] = [child.received[1] as Body, child.received[2]];
  expect((large.arguments as { text: string }).text === text).toBe(true);
  expect(small).toEqual({ seq: 3, type: 'request', command: 'threads' });
  const [event, after] = [editor.received[1] as Body, editor.received[2]];
  expect((event.body as { text: string }).text === text).toBe(true);
  expect(after).toEqual({ seq: 3, type: 'event', event: 'small' });
});

test('bytes that are no UTF-8, and a body that is not quite JSON, go on as they came', async () => {
  await using there = await connected();
  const { editor, child } = there;
  const bodies = [
    Buffer.from('{"seq":2,"type":"event","event":"a","body":"\xff\xc3("}', 'latin1'),
    Buffer.from('{"seq":3,"type":"event","event":"a","body":[1,,\'x\']}'),
  ];
  for (const body of bodies) {
    await child.write(`Content-Length: ${body.length}\r\n\r\n`);
    await child.write(body);
  }
  await editor.until(({ length }) => length === 3);
  expect(editor.received.slice(1)).toEqual(bodies);
});

const event = '{"seq":9,"type":"event","event":"a","body":{"b":{}}}';
/** Streams that cannot go on; with `true`: nobody can know before they end. */
const faults: [string, (random: Random) => Buffer | string, ends?: true][] = [
  ['a text', () => 'Traceback (most recent call last):\n'],
  ['any bytes', (random) => Buffer.from([...Array.from({ length: 200 }, () => random.below(256)), 10])],
  ['a header without length', () => 'X-Y: 1\r\n\r\n{}'],
  ['a length that is none', () => `Content-Length: -5\r\n\r\n${event}`],
  ['two lengths', () => 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} '],
  ['lines without CR', () => 'Content-Length: 2\n\n{}'],
  ['an endless header', () => `X: ${'y'.repeat(20_000)}`],
  ['a length beyond all bounds', () => 'Content-Length: 9999999999\r\n\r\n'],
  [
    'a length that is too great',
    () => `Content-Length: ${event.length + 10}\r\n\r\n${event}${String(frame(event))}`,
  ],
  [
    'a length that is too small',
    () => `Content-Length: ${event.length - 1}\r\n\r\n${event}${String(frame(event))}`,
  ],
  ['no object', () => frame('[1,2]')],
  ['nothing at all', () => frame('')],
  ['a message of no type', () => frame('{"seq":1,"type":"x"}')],
  ['an answer to nothing', () => frame('{"seq":1,"type":"response"}')],
  ['a length that never comes', () => 'Content-Length: 500\r\n\r\n{', true],
  ['half a header', () => 'Content-Le', true],
];
/** Messages of a debugger that the relay itself has to read. */
const unreadable: typeof faults = [
  ['an event that is not JSON', () => frame('{"seq":9,"type":"event","event":"process","body":}')],
  ['an event without a body', () => frame('{"seq":9,"type":"event","event":"process"}')],
];

/** Rows of the same length: jest would take a place that is missing for its callback. */
function rows(some: typeof faults) {
  return some.map(([name, bytes, ends]) => [name, bytes, ends === true] as const);
}

/** A session whose debugger has been launched. */
async function launched(fake: FakeLaunch) {
  const there = await connected(fake);
  const { editor, child } = there;
  await child.until(() => child.of('request').length === 2);
  await child.write(json({ seq: 2, type: 'response', request_seq: 2, success: true, command: 'launch' }));
  await editor.until(() => editor.of('response').length === 2);
  return there;
}

test.each(rows([...faults, ...unreadable]))(
  'a debugger that writes %s ends the session with the reason',
  (_, bytes, ends) =>
    eachSeed(6, async (random) => {
      const fake = new FakeLaunch();
      await using there = await launched(fake);
      const { editor, child } = there;
      const asked = several(random, 'request', { first: 3, count: 6 });
      const told = several(random, 'event', { first: 50, count: 3 });
      await editor.write(bytesOf(asked));
      await child.until(() => child.of('request').length === 8);
      const answered = random.shuffled(child.of('request').slice(2)).slice(0, 2);
      const before = [bytesOf(told), answers(random, answered, 100)];
      await child.writeTorn(Buffer.concat([...before, Buffer.from(bytes(random))]), random);
      if (ends) child.socket.end();
      await editor.until(() => editor.of('event').some((one) => one.event === 'terminated'));

      const responses = editor.of('response').slice(2);
      expect(responses.map(({ request_seq }) => Number(request_seq)).sort()).toEqual(
        asked.map(({ body }) => body.seq),
      );
      expect(responses.filter(({ success }) => success)).toHaveLength(2);
      const events = editor.of('event');
      expect(unnumbered(events.filter((one) => one.event === 'something'))).toEqual(unnumbered(told));
      const said = events
        .filter((one) => one.event === 'output')
        .map(({ body }) => body as Record<string, string>);
      expect(said.at(-1)).toMatchObject({
        category: 'stderr',
        output: expect.stringMatching(/^The debug adapter /),
      });
      expect(fake.left).toHaveLength(1);
      await editor.write(json({ seq: 90, type: 'request', command: 'threads' }));
      await editor.write(json({ seq: 91, type: 'request', command: 'disconnect' }));
      await editor.closed;
      const last = editor.of('response').slice(-2);
      expect(last.map(({ request_seq, success }) => [request_seq, success])).toEqual([
        [90, false],
        [91, true],
      ]);
    }),
);

test.each(rows([...faults, ['a web page', () => 'POST / HTTP/1.1\r\n']]))(
  'an editor that writes %s is left, and so is the debugger',
  (_, bytes, ends) =>
    eachSeed(6, async (random) => {
      const fake = new FakeLaunch();
      await using there = await launched(fake);
      const { editor, child } = there;
      const asked = several(random, 'request', { first: 3, count: 4 });
      await editor.writeTorn(Buffer.concat([bytesOf(asked), Buffer.from(bytes(random))]), random);
      if (ends) editor.socket.end();
      // What was whole has gone on.
      await child.until(() => child.of('request').some(({ command }) => command === 'disconnect'));
      expect(unnumbered(child.of('request').slice(2, 6))).toEqual(unnumbered(asked));
      child.socket.end();
      await Promise.all([editor.closed, child.closed]);
      expect(fake.left).toHaveLength(1);
    }),
);
