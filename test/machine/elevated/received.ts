import type { LineChannel } from '../../../adapter/machine/elevated/linechannel.ts';

/** The next `count` messages of a channel. */
export function received(channel: LineChannel, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  return new Promise((resolve) =>
    channel.onMessage((message) => {
      if (messages.push(message) === count) resolve(messages);
    }),
  );
}
