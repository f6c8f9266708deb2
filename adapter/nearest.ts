import { distance } from 'fastest-levenshtein';

/** The names closest to `name`, best first; those that differ in more than a third of their letters are left out. */
export function nearest(name: string, known: readonly string[], count = 2): string[] {
  return known
    .map((candidate) => ({ candidate, apart: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ candidate, apart }) => apart <= Math.max(2, Math.ceil(Math.max(name.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.apart - b.apart)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** The end of a sentence about a name that is not among those known: with the nearest of them, if any is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near.length === 0 ? '.' : `; did you mean ${near.map((other) => `"${other}"`).join(' or ')}?`;
}

/** Names in double quotes, for a message; "none" where there are none. */
export function quoted(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
