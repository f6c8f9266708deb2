import type { Editor } from './editor.ts';
import type { Configuration } from './outer.ts';

/** The command that asks for a process where no other extension has one: provider.ts. */
export const pickProcessCommand = 'localprocess-k8s.pickProcess';

const variable = /\$\{command:([^}]+)\}/g;

/**
 * The configuration with the names that its own type has for commands, such as `${command:pickProcess}`, replaced by
 * the commands themselves: VS Code fills in the variables of nested configurations too, but looks these names up at the
 * outer type. The extension they belong to is started, as it would be by its own type.
 * Throws an `Error` for a name that only an extension knows which is not installed.
 */
export async function withOwnCommands(debug: Configuration, editor: Editor): Promise<Configuration> {
  const names = [...JSON.stringify(debug).matchAll(variable)].map(([, name = '']) => name);
  if (names.length === 0) return debug;
  const type = String(debug.type);
  const contribution = editor.debuggerOf(type);
  await contribution?.extension.activate();
  const commandOf = (name: string) =>
    contribution?.variables[name] ?? (/^pick\w*process$/i.test(name) ? pickProcessCommand : undefined);
  // What is a command has its extension's name before a dot.
  const unknown = names.find((name) => commandOf(name) === undefined && !name.includes('.'));
  if (unknown !== undefined) {
    throw new Error(
      contribution
        ? `Cannot fill in "\${command:${unknown}}": the extension "${contribution.extension.id}" has no such command for "${type}". Correct it in "debug", or write the value itself.`
        : `Cannot fill in "\${command:${unknown}}": no installed extension debugs "${type}". Install the one that does, or write the value itself in "debug".`,
    );
  }
  return withStrings(debug, (text) =>
    text.replace(variable, (whole, name: string) => {
      const command = commandOf(name);
      return command === undefined ? whole : `\${command:${command}}`;
    }),
  ) as Configuration;
}

/** A value of JSON with each text in it changed. */
function withStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one: unknown) => withStrings(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [name, withStrings(one, change)]),
  );
}
