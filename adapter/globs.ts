/**
 * Whether a name is meant by one of the patterns: `*` stands for any characters, `?` for one. `anyCase`: capital
 * and small letters are the same, as in the names of variables on Windows.
 */
export function matches(name: string, patterns: readonly string[], anyCase = false): boolean {
  return patterns.some((pattern) => new RegExp(`^${source(pattern)}$`, anyCase ? 'isu' : 'su').test(name));
}

function source(pattern: string): string {
  return pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
}
