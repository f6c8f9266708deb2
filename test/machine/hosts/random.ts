/** Numbers that look random and are the same for a seed: what fails can be repeated. */
export function random(seed: number): {
  below: (limit: number) => number;
  choose: <Value>(from: readonly Value[]) => Value;
} {
  let state = seed;
  // mulberry32: its first numbers differ well also for seeds that follow each other.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    choose: (from) => {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new Error('There is nothing to choose from.');
      return chosen;
    },
  };
}
