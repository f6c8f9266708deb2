import type { Layout } from './jsontext.ts';

/** Lists of plain values stay in one line up to this many characters. */
const lineLength = 80;

/** What each attribute is for, above it in a launch.json. */
const comments: Record<string, string | undefined> = {
  context: 'The context of your kubeconfig: which cluster. Without it, the current one.',
  target:
    'What to stand in for: its traffic arrives here, and its variables, volumes and names are here too.',
  ports: "LOCAL:REMOTE: the port that your process listens on, and the container's.",
  preLaunchTask: 'Tasks go around the whole session.',
  debug: 'Your own configuration, for your own debugger.',
};

/**
 * A configuration as it stands in a launch.json, with comments on what its attributes are for. The first line has no
 * indentation.
 */
export function printCommented(configuration: Record<string, unknown>, layout: Layout): string {
  const { eol, unit } = layout;
  const indent = layout.indent + unit;
  const attributes = Object.entries(configuration).map(([name, value], index, all) => {
    const comment = comments[name];
    const line = `${JSON.stringify(name)}: ${printValue(value, { ...layout, indent })}`;
    const above = comment === undefined ? [] : [`${indent}// ${comment}`];
    return [...above, `${indent}${line}${index < all.length - 1 ? ',' : ''}`].join(eol);
  });
  return ['{', ...attributes, `${layout.indent}}`].join(eol);
}

/** A value as JSON, lists of plain ones in one line. */
export function printValue(value: unknown, layout: Layout): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const { eol, unit, indent } = layout;
  const inside = { ...layout, indent: indent + unit };
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = Array.isArray(value)
    ? value.map((item) => printValue(item, inside))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${printValue(item, inside)}`);
  if (items.length === 0) return open + close;
  const line = `${open}${items.join(', ')}${close}`;
  if (Array.isArray(value) && !line.includes('\n') && line.length <= lineLength) return line;
  return [open, items.map((item) => inside.indent + item).join(`,${eol}`), indent + close].join(eol);
}
