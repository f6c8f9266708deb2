/** The same in another folder's launch.json: what is meant there by this folder has to be named. */
export function elsewhere(configuration: unknown, folder: string): unknown {
  const variables = /\$\{(workspaceFolder|workspaceFolderBasename|workspaceRoot)\}/g;
  return withTexts(configuration, (text) => text.replaceAll(variables, `\${$1:${folder}}`));
}

/** The same for everybody who has this folder, wherever that is on their machine. */
export function anywhere(configuration: unknown, path: string): unknown {
  const folder = new RegExp(
    `(?<![^:;=])${path.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?=[/\\\\:;]|$)`,
    'g',
  );
  return withTexts(configuration, (text) => text.replaceAll(folder, '${workspaceFolder}'));
}

function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => withTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withTexts(one, change)]));
}
