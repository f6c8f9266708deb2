import { expect } from '@jest/globals';
import { expectOneAnswerEach } from '../dap/answers.ts';
import type { Entry } from '../dap/client.ts';
import { gone } from '../processes.ts';
import type { Run } from './run.ts';

const largest = 2 ** 31 - 1;

/**
 * What any editor relies on: every request has one answer and in time, and none comes unasked or too early; `early`:
 * the adapter, of which nothing is withheld, may speak before it answers `initialize`, as debugpy does.
 */
export function expectConversation({ client, editor }: Run, { early = false } = {}): void {
  const { log } = client;
  const incoming = log.filter(({ direction }) => direction === 'in');
  // Before the answer to `initialize` nothing may come.
  if (!early) expect(incoming[0]?.message).toMatchObject({ type: 'response', command: 'initialize' });
  // One counter for all kinds of messages.
  expect(incoming.map(({ message }) => message.seq)).toEqual(incoming.map((_, index) => index + 1));

  expectOneAnswerEach(client);
  for (const { at, direction, message } of log) {
    if (direction !== 'out' || message.type !== 'request') continue;
    const { command, seq } = message;
    const answered = incoming.find((entry) => entry.message.request_seq === seq)?.at ?? Infinity;
    const patience = editor.patience[String(command)] ?? editor.patience.any;
    expect([command, answered - at < patience]).toEqual([command, true]);
  }
  expectNumbers(incoming);
  if (editor.knownEvents && !early) {
    const events = incoming.flatMap(({ message }) =>
      message.type === 'event' ? [String(message.event)] : [],
    );
    expect([...new Set(events)].filter((event) => editor.knownEvents?.includes(event) === false)).toEqual([]);
  }
}

/** What the adapter's own session adds to that: it is initialized once, after it was asked for. */
export function expectInitializedOnce({ client }: Run): void {
  const asked = client.log.findIndex(({ message }) => message.command === 'launch');
  const told = client.log.flatMap(({ message }, index) => (message.event === 'initialized' ? [index] : []));
  expect(told).toHaveLength(1);
  expect(told[0]).toBeGreaterThan(asked);
  expect(client.events('terminated').length).toBeLessThanOrEqual(1);
}

/** Visual Studio ends a session on a number that 32 bits cannot hold. */
function expectNumbers(entries: readonly Entry[]): void {
  const beyond: string[] = [];
  const look = (value: unknown, path: string) => {
    if (Number.isInteger(value) && Math.abs(value as number) > largest)
      beyond.push(`${path}: ${String(value)}`);
    else if (typeof value === 'object' && value !== null)
      for (const [name, one] of Object.entries(value)) look(one, `${path}.${name}`);
  };
  for (const { message } of entries) look(message, String(message.event ?? message.command));
  expect(beyond).toEqual([]);
}

/** Nothing is left of these processes. */
export async function expectGone(pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map(gone));
}
