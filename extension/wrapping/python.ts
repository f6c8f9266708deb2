import { delimiter, join } from 'node:path';
import type { Editor } from './editor.ts';
import { readEnvFile } from './envFile.ts';
import { exists } from './files.ts';
import type { Kind } from './kind.ts';
import { isObject, without, type Configuration, type Pair } from './outer.ts';

const interpreterCommand = '${command:python.interpreterPath}';

/**
 * What the extension "ms-python.debugpy" adds. Source: vscode-python-debugger, debugger/configuration/resolvers and
 * debugger/adapter/factory.ts.
 */
export const python: Kind = {
  types: ['debugpy', 'python'],
  // The same interpreter as that of a configuration that names none.
  before: (debug) =>
    Object.fromEntries(Object.entries(debug).filter(([, value]) => value !== interpreterCommand)),
  after: async (given, editor) => {
    const { pythonPath, ...debug } = given; // The attribute's old name.
    const interpreter = debug.python ?? pythonPath ?? (await activeInterpreter(editor));
    const withInterpreter = interpreter === undefined ? debug : { ...debug, python: interpreter };
    return debug.request === 'attach' ? attach(withInterpreter, editor) : launch(withInterpreter, editor);
  },
};

async function launch(given: Configuration, editor: Editor): Promise<Partial<Pair>> {
  const { console = 'integratedTerminal' } = given;
  const flask = /^(?:flask|fastapi)$/i.test(typeof given.module === 'string' ? given.module : '');
  const debug = {
    ...(editor.folder === undefined ? {} : { cwd: editor.folder }),
    stopOnEntry: false,
    showReturnValue: true,
    justMyCode: editor.setting('debugpy.debugJustMyCode') ?? true,
    ...(flask || given.pyramid === true ? { jinja: true } : {}),
    ...(console === 'internalConsole' ? { redirectOutput: true } : {}),
    ...without(given, ['envFile']),
    console,
    env: await environment(given, editor),
  };
  const debugAdapter = await bundledAdapter(debug, editor);
  return {
    debug,
    outer: {
      ...(debugAdapter ? { debugAdapter } : {}),
      ...(console === 'internalConsole' ? {} : { internalConsoleOptions: 'neverOpen' }),
    },
  };
}

async function attach(given: Configuration, editor: Editor): Promise<Partial<Pair>> {
  const debug = {
    showReturnValue: true,
    redirectOutput: true,
    justMyCode: editor.setting('debugpy.debugJustMyCode') ?? false,
    ...given,
  };
  // A process that was told to wait for a debugger brings its debug adapter along.
  const address = isObject(given.connect) ? given.connect : given;
  const port = Number(address.port);
  if (given.listen === undefined && Number.isInteger(port) && port > 0) {
    return { debug, outer: { debugAdapter: { host: address.host ?? '127.0.0.1', port } } };
  }
  const debugAdapter = await bundledAdapter(debug, editor);
  return { debug, ...(debugAdapter ? { outer: { debugAdapter } } : {}) };
}

/** What the Python extension offers to others, as far as it is used here. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource: unknown): unknown;
    resolveEnvironment(path: unknown): Promise<{ executable: { uri?: { fsPath: string } } } | undefined>;
  };
  settings?: { getExecutionDetails(resource: unknown): { execCommand?: string[] } };
}

/** The interpreter that the user has selected; `undefined`: there is no Python extension, or nothing is selected. */
async function activeInterpreter({ extension, resource }: Editor): Promise<string | string[] | undefined> {
  const api = (await extension('ms-python.python')?.activate()) as PythonApi | undefined;
  const { environments, settings } = api ?? {};
  const path = environments?.getActiveEnvironmentPath(resource);
  const environment = path === undefined ? undefined : await environments?.resolveEnvironment(path);
  return environment?.executable.uri?.fsPath ?? settings?.getExecutionDetails(resource).execCommand;
}

/** debugpy as the extension carries it: the interpreter does not need one of its own then. */
async function bundledAdapter(debug: Configuration, { extension }: Editor): Promise<unknown> {
  const carrier = extension('ms-python.debugpy');
  const [command, ...args] = [debug.debugAdapterPython ?? debug.python ?? []].flat().map(String);
  if (carrier === undefined || command === undefined) return undefined;
  const named = debug.debugAdapterPath;
  const path =
    typeof named === 'string' ? named : join(carrier.path, 'bundled', 'libs', 'debugpy', 'adapter');
  // A release of another make has it elsewhere: then the interpreter's own debugpy is looked for.
  return (await exists(path)) ? { command, args: [...args, path] } : undefined;
}

/**
 * The variables of `envFile` under those of `env`; search paths are put one behind the other, this machine's last.
 * The extension reads its default file, and any other, only where there is one.
 */
async function environment(debug: Configuration, editor: Editor): Promise<Configuration> {
  const own = isObject(debug.env) ? debug.env : {};
  const path = debug.envFile ?? folderIn(editor.setting('python.envFile'), editor.folder);
  const readable = typeof path === 'string' && path !== '' && (await exists(path));
  const file = readable ? await readEnvFile({ path, grammar: 'python', known: own }) : {};
  const joined = ['PATH', 'PYTHONPATH'].flatMap((name): [string, string][] => {
    const given = [file[name], own[name]].filter((one) => typeof one === 'string' && one.trim() !== '');
    const all = [...given, editor.environment[name] ?? ''].filter((one) => one !== '');
    return given.length === 0 ? [] : [[name, all.join(delimiter)]];
  });
  return {
    PYTHONIOENCODING: 'UTF-8',
    PYTHONUNBUFFERED: '1',
    ...(debug.gevent === true ? { GEVENT_SUPPORT: 'True' } : {}),
    ...file,
    ...own,
    ...Object.fromEntries(joined),
  };
}

/** A path in a setting, where variables are not filled in for us. */
function folderIn(value: unknown, folder: string | undefined): unknown {
  return typeof value === 'string' && folder !== undefined
    ? value.replace(/\$\{workspace(?:Folder|Root)\}/g, () => folder)
    : undefined;
}
