/** What was typed, as `LOCAL:REMOTE` each; a number alone is for the port `first`. */
export function portPairs(text: string, first: string): string[] {
  return words(text).map((word) => (word.includes(':') ? word : `${word}:${first}`));
}

/** What is wrong with what was typed; `undefined`: nothing. */
export function portsFault(text: string): string | undefined {
  const all = words(text);
  if (all.length === 0) return 'Name a port, from 1 to 65535.';
  const locals = new Set<string>();
  let alone = 0;
  for (const word of all) {
    const [, local = '', remote] = /^(\d{1,5})(?::([A-Za-z0-9-]+))?$/.exec(word) ?? [];
    if (local === '') return `"${word}" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.`;
    if (!isPort(local)) return `There is no port ${local}: they are from 1 to 65535.`;
    if (remote !== undefined && /^\d+$/.test(remote) && !isPort(remote))
      return `There is no port ${remote}: they are from 1 to 65535.`;
    if (locals.has(local)) return `The port ${local} is there twice.`;
    locals.add(local);
    if (remote === undefined && ++alone > 1)
      return `"${word}" needs to say what it stands in for, as in ${word}:http.`;
  }
  return undefined;
}

function isPort(text: string): boolean {
  const port = Number(text);
  return port >= 1 && port <= 65535;
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
