import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { Message } from '../../adapter/dap/message.ts';
import { Peer } from '../../adapter/dap/peer.ts';

/** Two peers that speak to each other, and the streams between them. */
function pair(highWaterMark = 16 * 1024) {
  const there = new PassThrough({ highWaterMark });
  const back = new PassThrough({ highWaterMark });
  return { left: new Peer(back, there), right: new Peer(there, back), there, back };
}

test('every request is answered, also when the stream ends first', async () => {
  const { left, right, back } = pair();
  right.listen({
    request: (request) => {
      if (request.name === 'good') right.respond(request, { a: 1 });
      if (request.name === 'bad') right.refuse(request, 'no');
    },
    event: () => undefined,
  });
  expect(await left.request('good', {})).toMatchObject({ success: true, body: { a: 1 } });
  expect(await left.request('bad', {})).toMatchObject({ success: false, message: 'no' });
  const never = left.request('never', {});
  back.end();
  expect(await never).toBeUndefined();
  expect(await left.request('late', {})).toBeUndefined();
});

test('what is not DAP closes the connection with the reason', async () => {
  const { left, back } = pair();
  back.write('GET / HTTP/1.1\r\n\r\n');
  expect(String(await left.closed)).toMatch(/Content-Length/);
});

test('a stream that ends within a message is an error', async () => {
  const { left, back } = pair();
  back.end('Content-Length: 100\r\n\r\n{');
  expect(String(await left.closed)).toMatch(/ended within a message/);
});

test('nothing is lost before somebody listens, and the order is kept', async () => {
  const { left, right } = pair();
  for (let index = 0; index < 5; index++) left.event({ seq: 0, type: 'event', event: `e${index}` });
  await new Promise(setImmediate);
  const seen: string[] = [];
  right.listen({ request: () => undefined, event: ({ name }) => seen.push(name) });
  expect(seen).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
});

test('a slow reader holds back the source, and gets everything', async () => {
  const source = pair();
  const slow = new PassThrough({ highWaterMark: 1024 });
  const sink = new Peer(new PassThrough(), slow);
  source.right.listen({
    request: () => undefined,
    event: (message) => sink.send(message, { source: source.right }),
  });
  const event = Message.of({ type: 'event', event: 'output', body: { output: 'x'.repeat(900) } });
  const count = 1000;
  let sent = 0;
  for (; sent < count && !source.there.writableNeedDrain; sent++) {
    source.left.send(event);
    await new Promise(setImmediate);
  }
  // Nobody reads: what is under way is bounded, the rest waits where it comes from.
  expect(sent).toBeLessThan(100);
  expect(slow.readableLength + slow.writableLength).toBeLessThan(100_000);
  for (; sent < count; sent++) source.left.send(event);

  let got = 0;
  const reader = new Peer(slow, new PassThrough());
  await new Promise<void>((resolve) => {
    reader.listen({
      request: () => undefined,
      event: () => {
        if (++got === count) resolve();
      },
    });
  });
  expect(got).toBe(count);
});

test('relays at least 30,000 messages a second', async () => {
  const source = pair(64 * 1024);
  const sink = pair(64 * 1024);
  const count = 30_000;
  source.right.listen({
    request: () => undefined,
    event: (message) => sink.left.send(message, { source: source.right }),
  });
  let got = 0;
  const done = new Promise<void>((resolve) => {
    sink.there.removeAllListeners('data');
    sink.there.on('data', (chunk: Buffer) => {
      got += chunk.length;
      if (got >= count * 140) resolve();
    });
  });
  const event = Buffer.concat(
    Message.of({ type: 'event', event: 'output', body: { output: 'y'.repeat(60) } }).encode(123456),
  );
  const burst = Buffer.concat(Array.from({ length: 100 }, () => event));
  expect(event.length).toBeGreaterThan(140);
  const began = performance.now();
  for (let sent = 0; sent < count * 1.1; sent += 100) {
    if (!source.there.write(burst)) await once(source.there, 'drain');
  }
  await done;
  const perSecond = count / ((performance.now() - began) / 1000);
  expect(perSecond).toBeGreaterThan(30_000);
});
