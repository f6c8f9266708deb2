import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { connected, json } from './dap/scripted.ts';
import type { Wire } from './dap/wire.ts';

const mebibyte = 2 ** 20;

/** What one side writes while the other does not read, in MiB; of 128. */
async function untilHeldBack(
  wire: Wire,
  message: (index: number) => Buffer,
): Promise<{ written: number; rest: Promise<void> }> {
  for (let index = 0; index < 128; index++) {
    const written = wire.write(message(index));
    // Too short a time would let more pass than there is; it could not make a failure of a success.
    const held = await Promise.race([written.then(() => false), delay(500, true)]);
    if (!held) continue;
    const rest = async () => {
      await written;
      for (let next = index + 1; next < 128; next++) await wire.write(message(next));
    };
    return { written: index, rest: rest() };
  }
  return { written: 128, rest: Promise.resolve() };
}

test.each(['the events', 'the answers', 'the requests'])(
  '%s that nobody reads wait where they come from, and all arrive at last',
  async (what) => {
    await using there = await connected();
    const { editor, child } = there;
    const text = 'x'.repeat(mebibyte);
    const [from, to] = what === 'the requests' ? [editor, child] : [child, editor];
    if (what === 'the answers') {
      const asked = Array.from({ length: 128 }, (_, index) =>
        json({ seq: 2 + index, type: 'request', command: 'evaluate' }),
      );
      await editor.write(Buffer.concat(asked));
      await child.until(() => child.of('request').length === 129);
    }
    to.socket.pause();
    const { written, rest } = await untilHeldBack(from, (index) => {
      const seq = 2 + index;
      if (what === 'the events') return json({ seq, type: 'event', event: 'output', body: { text } });
      if (what === 'the requests')
        return json({ seq, type: 'request', command: 'evaluate', arguments: { text } });
      return json({
        seq,
        type: 'response',
        request_seq: seq,
        success: true,
        command: 'evaluate',
        body: { text },
      });
    });
    // The sockets of this machine hold some MiB each, the relay one message.
    expect(written).toBeLessThan(48);
    to.socket.resume();
    await rest;
    await to.until(({ length }) => length === 129);
  },
);
