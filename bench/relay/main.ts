import { fileURLToPath } from 'node:url';
import { median } from '../median.ts';
import { print, type Row } from '../table.ts';
import { Conversation } from './conversation.ts';
import { flood, inTurn, mebibyte, peakOf, pipelined, type Ways } from './measure.ts';

const server = [process.execPath, fileURLToPath(new URL('server.mjs', import.meta.url))];
const relay = [process.execPath, 'dist/main.js', 'dap', '--adapter', ...server];
const million = 1_000_000;

await showSpeed();
await showMemory();

async function showSpeed(): Promise<void> {
  await using direct = await Conversation.begin(server);
  await using relayed = await Conversation.begin(relay);
  const ways = { direct, relayed };
  print(
    'A debug adapter, through the relay and directly',
    [...(await smallRows(ways)), ...(await largeRows(ways)), ...(await manyRows(ways))],
    'direct',
  );
}

async function smallRows(ways: Ways<Conversation>): Promise<Row[]> {
  const took = await inTurn(ways, { rounds: 41, each: 100 }, (conversation) => conversation.ask('threads'));
  const row = (key: 'p50' | 'p95', atMost: number): Row => ({
    what: `"threads", ${key}`,
    ours: took.relayed[key],
    other: took.direct[key],
    unit: 'ms',
    goal: { of: 'difference', atMost },
  });
  return [row('p50', 0.3), row('p95', 0.5)];
}

async function largeRows(ways: Ways<Conversation>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [size, rounds] of [
    [1, 31],
    [16, 9],
  ] as const) {
    const took = await inTurn(ways, { rounds, each: 4 }, (conversation) => evaluate(conversation, size));
    rows.push({
      what: `"evaluate" of ${size} MiB, p50`,
      ours: took.relayed.p50,
      other: took.direct.p50,
      unit: 'ms',
      goal: { of: 'ratio', atMost: 1.25 },
    });
  }
  return rows;
}

async function manyRows(ways: Ways<Conversation>): Promise<Row[]> {
  const rows: Row[] = [];
  const kinds: [string, (conversation: Conversation) => Promise<number>][] = [
    ['"threads", 100 at once', (conversation) => pipelined(conversation, { count: 50_000, atOnce: 100 })],
    ['a flood of events', (conversation) => flood(conversation, 100_000)],
  ];
  for (const [what, measure] of kinds) {
    const speeds: Ways<number[]> = { direct: [], relayed: [] };
    for (let round = 0; round < 3; round++) {
      for (const way of ['direct', 'relayed'] as const) speeds[way].push(await measure(ways[way]));
    }
    rows.push({
      what,
      ours: median(speeds.relayed),
      other: median(speeds.direct),
      unit: '/s',
      goal: { of: 'ours', atLeast: 30_000 },
    });
  }
  return rows;
}

async function showMemory(): Promise<void> {
  const rows: Row[] = [];
  for (const size of [1, 16, 64]) {
    await using relayed = await Conversation.begin(relay);
    const idle = await peakOf(relayed, () => relayed.ask('threads'));
    const peak = await peakOf(relayed, async () => {
      for (let left = 5; left > 0; left--) await evaluate(relayed, size);
    });
    rows.push({
      what: `5 messages of ${size} MiB`,
      ours: peak,
      other: idle,
      unit: 'MiB',
      // Linear in the message, over what a program that works at all takes.
      goal: { of: 'difference', atMost: 20 + 3 * size },
    });
  }
  await using relayed = await Conversation.begin(relay);
  const first = await peakOf(relayed, () => flood(relayed, million));
  const second = await peakOf(relayed, () => flood(relayed, million));
  rows.push({
    what: 'a second million of events',
    ours: second,
    other: first,
    unit: 'MiB',
    // A hundred bytes kept of each would be 95 MiB; what is not collected yet differs by less than this.
    goal: { of: 'difference', atMost: 40 },
  });
  print("The relay's most memory, and before", rows, 'before');
}

function evaluate(conversation: Conversation, mebibytes: number): Promise<void> {
  return conversation.ask('evaluate', { expression: String(mebibytes * mebibyte) });
}
