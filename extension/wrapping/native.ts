import type { Editor } from './editor.ts';
import { readEnvFile } from './envFile.ts';
import type { Kind } from './kind.ts';
import { isObject, without, type Configuration } from './outer.ts';

/** CodeLLDB's settings with defaults for launch configurations, and how each is merged. */
const lists = {
  initCommands: 'before',
  preRunCommands: 'before',
  postRunCommands: 'before',
  exitCommands: 'after',
};
const objects = ['env', 'sourceMap'];
const plain = ['cwd', 'terminal', 'stdio', 'expressions', 'sourceLanguages'];

/** What the extension "vadimcn.vscode-lldb" adds. Source: codelldb, extension/main.ts. */
export const lldb: Kind = {
  types: ['lldb'],
  after: (given, editor) => {
    if (given.cargo !== undefined) {
      throw new Error(
        'Cannot build with "cargo": only CodeLLDB itself does. Build with "preLaunchTask", and name what it makes with "program" in "debug".',
      );
    }
    const debug = { ...given, ...mergedSettings(given, editor) };
    // Its old word for a launch that is all commands.
    return { debug: given.request === 'custom' ? { ...debug, request: 'launch', custom: true } : debug };
  },
};

function mergedSettings(given: Configuration, { setting }: Editor): Configuration {
  const of = (name: string) => setting(`lldb.launch.${name}`);
  const merged: Configuration = {};
  for (const [name, place] of Object.entries(lists)) {
    const [settings, own] = [of(name), given[name]].map((one) =>
      Array.isArray(one) ? (one as unknown[]) : [],
    );
    const all =
      place === 'before' ? [...(settings ?? []), ...(own ?? [])] : [...(own ?? []), ...(settings ?? [])];
    if (all.length > 0) merged[name] = all;
  }
  for (const name of objects) {
    const [settings, own] = [of(name), given[name]];
    if (isObject(settings) && Object.keys(settings).length > 0)
      merged[name] = { ...settings, ...(isObject(own) ? own : {}) };
  }
  for (const name of plain) {
    const value = of(name);
    const isEmpty = value === undefined || value === null || value === '' || JSON.stringify(value) === '[]';
    if (given[name] === undefined && !isEmpty) merged[name] = value;
  }
  return merged;
}

/** What the extension "ms-vscode.cpptools" adds. Source: vscode-cpptools, Debugger/configurationProvider.ts. */
export const cppdbg: Kind = {
  types: ['cppdbg'],
  picks: ({ pipeTransport, useExtendedRemote }) => pipeTransport === undefined && useExtendedRemote !== true,
  after: async (given) => {
    const { envFile, environment } = given;
    if (typeof envFile !== 'string' || envFile === '') return { debug: given };
    const read = await readEnvFile({ path: envFile, grammar: 'cpptools' });
    const own = (Array.isArray(environment) ? (environment as unknown[]) : []).filter(isObject);
    // The file wins there.
    const kept = own.filter(({ name }) => typeof name !== 'string' || !(name in read));
    const added = Object.entries(read).map(([name, value]) => ({ name, value }));
    return { debug: { ...without(given, ['envFile']), environment: [...kept, ...added] } };
  },
};

/** What the C# extension adds. Source: vscode-csharp, shared/configurationProvider.ts. */
export const coreclr: Kind = {
  types: ['coreclr'],
  picks: ({ processName, pipeTransport }) => processName === undefined && pipeTransport === undefined,
  after: async (given, { setting, folder }) => {
    const options = setting('csharp.debug');
    const isEmpty = (value: unknown) =>
      value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
    const defaults = Object.entries(isObject(options) ? options : {}).filter(
      ([name, value]) => name !== 'console' && !isEmpty(value),
    );
    const debug: Configuration = { ...Object.fromEntries(defaults), ...without(given, ['envFile']) };
    if (given.request === 'attach') return { debug };
    const { envFile } = given;
    if (typeof envFile === 'string' && envFile !== '') {
      const read = await readEnvFile({ path: envFile, grammar: 'cpptools' });
      debug.env = { ...read, ...(isObject(given.env) ? given.env : {}) };
    }
    if (folder !== undefined && given.pipeTransport === undefined) debug.cwd ??= folder;
    return { debug, outer: { internalConsoleOptions: 'openOnSessionStart' } };
  },
};
