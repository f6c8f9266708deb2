/** The same in another folder's launch.json: what is meant there by this folder has to be named. */
export function elsewhere(value: unknown, folder: string): unknown {
  if (typeof value === 'string')
    return value.replaceAll(
      /\$\{(workspaceFolder|workspaceFolderBasename|workspaceRoot)\}/g,
      `\${$1:${folder}}`,
    );
  if (Array.isArray(value)) return value.map((one) => elsewhere(one, folder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, elsewhere(one, folder)]));
}
