/** `${NAME}` and `${NAME:ARGUMENT}`, as VS Code writes them. */
const variable = /\$\{([^{}]+)\}/g;

/** A value with its variables replaced, also inside of lists and objects; one that `known` does not know stays. */
export function replaceVariables<T>(value: T, known: (name: string) => string | undefined): T {
  return walk(value, (text) => text.replace(variable, (whole, name: string) => known(name) ?? whole)) as T;
}

/** The variables in a value, each once, as they are written. */
export function variablesIn(value: unknown): string[] {
  const found = new Set<string>();
  walk(value, (text) => {
    for (const [whole] of text.matchAll(variable)) found.add(whole);
    return text;
  });
  return [...found];
}

function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, change)]));
}
