import { median } from '../median.ts';
import { forgetPeak, memory } from '../usage.ts';
import type { Conversation } from './conversation.ts';

/** The same conversation, without and with the relay between. */
export interface Ways<Figure> {
  direct: Figure;
  relayed: Figure;
}

/** Milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
}

export const mebibyte = 2 ** 20;

/** How long `act` takes, in milliseconds, both ways in turn: what else runs here strikes both alike. */
export async function inTurn(
  ways: Ways<Conversation>,
  { rounds, each }: { rounds: number; each: number },
  act: (conversation: Conversation) => Promise<void>,
): Promise<Ways<Latency>> {
  const took: Ways<number[]> = { direct: [], relayed: [] };
  for (let round = 0; round < rounds; round++) {
    for (const way of ['direct', 'relayed'] as const) {
      for (let left = each; left > 0; left--) {
        const began = performance.now();
        await act(ways[way]);
        // The first is for the compiler.
        if (round > 0) took[way].push(performance.now() - began);
      }
    }
  }
  return { direct: latency(took.direct), relayed: latency(took.relayed) };
}

function latency(took: readonly number[]): Latency {
  const sorted = [...took].sort((one, other) => one - other);
  return { p50: median(sorted), p95: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN };
}

/** Requests a second, `count` of them, of which up to `atOnce` are not answered yet. */
export async function pipelined(
  conversation: Conversation,
  { count, atOnce }: { count: number; atOnce: number },
): Promise<number> {
  const began = performance.now();
  let left = count;
  const work = async () => {
    while (left-- > 0) await conversation.ask('threads');
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return (count * 1000) / (performance.now() - began);
}

/** Events a second, of `count`. */
export async function flood(conversation: Conversation, count: number): Promise<number> {
  const before = conversation.events;
  const began = performance.now();
  await conversation.ask('flood', { expression: String(count) });
  if (conversation.events - before !== count) throw new Error('Events have been lost.');
  return (count * 1000) / (performance.now() - began);
}

/** The most memory that the program of `conversation` takes while `act` is done, in MiB. */
export async function peakOf(conversation: Conversation, act: () => Promise<unknown>): Promise<number> {
  forgetPeak(conversation.pid);
  await act();
  return memory(conversation.pid).peak;
}
