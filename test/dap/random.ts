/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  one<T>(values: readonly T[]): T {
    // There is one at every place.
    return values[this.below(values.length)] as T;
  }

  shuffled<T>(values: readonly T[]): T[] {
    const keyed = values.map((value) => ({ value, key: this.next() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
  }
}

/** Runs `check` with the seeds 1 to `count`; a failure says with which. */
export async function eachSeed(count: number, check: (random: Random) => void | Promise<void>) {
  for (let seed = 1; seed <= count; seed++) {
    try {
      await check(new Random(seed));
    } catch (error) {
      throw new Error(`With the seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

const texts = [
  '',
  'x',
  'é😀',
  '\ud800',
  '"}{\\',
  '"seq":7,',
  'Content-Length: 3\r\n\r\n',
  '\u0000\u2028',
  '\\"',
];
const names = ['seq', 'request_seq', 'type', 'command', 'event', 'body', 'é', '', 'a"b', '__proto__x'];
const scalars = [0, -1, 1.5, 1e300, 2 ** 60, true, false, null, 12345678901234];

/** Any JSON value; full of what a hasty reader would take for an envelope. */
export function value(random: Random, depth = 3): unknown {
  const kind = random.below(depth > 0 ? 4 : 2);
  if (kind === 0) return random.one(scalars);
  if (kind === 1) return random.one(texts).repeat(random.one([1, 1, 2, 50]));
  const several = Array.from({ length: random.below(4) }, () => value(random, depth - 1));
  return kind === 2 ? several : Object.fromEntries(several.map((one) => [random.one(names), one]));
}

/** Members as JSON, in this order, spaced and escaped as nobody does but anybody may. */
export function odd(members: readonly (readonly [string, unknown])[], random: Random): string {
  const written = members.map(
    ([name, one]) => `${text(name, random)}${space(random)}:${oddValue(one, random)}`,
  );
  return `${space(random)}{${space(random)}${written.join(`,${space(random)}`)}}${space(random)}`;
}

function oddValue(one: unknown, random: Random): string {
  const inner = () => {
    if (typeof one === 'string') return text(one, random);
    if (Array.isArray(one)) return `[${one.map((each: unknown) => oddValue(each, random)).join(',')}]`;
    if (typeof one === 'object' && one !== null) return odd(Object.entries(one), random);
    return JSON.stringify(one);
  };
  return `${space(random)}${inner()}${space(random)}`;
}

function space(random: Random): string {
  return random.one(['', '', '', ' ', '\n', '\t\r\n', '  ']);
}

function text(plain: string, random: Random): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const written = JSON.stringify(plain);
  if (random.below(8) > 0) return written;
  return `"${plain
    .split('')
    .map((unit) => (random.below(2) === 0 ? escaped(unit) : JSON.stringify(unit).slice(1, -1)))
    .join('')}"`;
}
