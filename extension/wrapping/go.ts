import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Editor } from './editor.ts';
import { readEnvFile, type Variables } from './envFile.ts';
import type { Kind } from './kind.ts';
import { isObject, without, type Configuration } from './outer.ts';
import { splitWords } from './words.ts';

/** The attributes that the setting "go.delveConfig" has defaults for and that are delve's own. */
const delveSettings = ['showRegisters', 'showGlobalVariables', 'substitutePath', 'hideSystemGoroutines'];

/** What the extension "golang.go" adds. Source: vscode-go, goDebugConfiguration.ts, goDebugFactory.ts and goEnv.ts. */
export const go: Kind = {
  types: ['go'],
  picks: ({ mode = 'local', port }) => mode === 'local' && port === undefined,
  after: async (given, editor) => {
    const mode = modeOf(given, editor);
    const { program, args, port, host } = given;
    const debug: Configuration = {
      ...delveDefaults(editor),
      ...(await absolute(without(given, ['envFile', 'port', 'host']), editor.folder)),
      mode,
      ...(typeof args === 'string' && given.request !== 'attach' ? { args: splitWords(args) } : {}),
      ...withoutGcflags(given),
    };
    // delve tests packages, not files.
    if (mode === 'test' && typeof program === 'string' && program.endsWith('_test.go'))
      debug.program = dirname(String(debug.program));
    const dlv = debug.dlvToolPath ?? alternateDelve(editor);
    if (dlv !== undefined) debug.dlvToolPath = dlv;
    if (given.request !== 'attach') debug.env = withGoflags(await environment(given, editor));
    return {
      debug,
      // Somebody else has started it, and it listens.
      ...(typeof port === 'number' && port > 0
        ? { outer: { debugAdapter: { host: host ?? '127.0.0.1', port } } }
        : {}),
    };
  },
};

/** "auto" is a test where a test file is the program, or is looked at when the program is a folder. */
function modeOf({ mode, request, program }: Configuration, { file }: Editor): unknown {
  if (request === 'attach') return mode ?? 'local';
  if ((mode ?? 'auto') !== 'auto') return mode;
  const decisive = typeof program === 'string' && program.endsWith('.go') ? program : file;
  return decisive?.endsWith('_test.go') === true ? 'test' : 'debug';
}

function delveDefaults({ setting }: Editor): Configuration {
  const config = setting('go.delveConfig');
  if (!isObject(config)) return {};
  return Object.fromEntries(
    Object.entries(config).filter(([name, value]) => delveSettings.includes(name) && value !== undefined),
  );
}

/** The configuration with the paths that delve takes from a folder of its own taken from the user's. */
async function absolute(debug: Configuration, folder: string | undefined): Promise<Configuration> {
  const paths: Configuration = {};
  for (const name of ['cwd', 'output', 'program']) {
    const value = debug[name];
    if (typeof value !== 'string' || value === '') continue;
    const path = value.replace(/^~(?=[/\\]|$)/, () => homedir());
    if (isAbsolute(path)) paths[name] = path;
    else if (folder !== undefined && !(name === 'program' && (await isPackage(path, folder))))
      paths[name] = join(folder, path);
  }
  return { ...debug, ...paths };
}

/** A package's path begins with a domain; a file of that name is what is meant, where there is one. */
async function isPackage(path: string, folder: string): Promise<boolean> {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9-]*(?:\.[a-zA-Z]{2,})+\//.test(path)) return false;
  return stat(join(folder, path)).then(
    () => false,
    () => true,
  );
}

function alternateDelve({ setting }: Editor): string | undefined {
  const tools = setting('go.alternateTools');
  const dlv = isObject(tools) ? tools.dlv : undefined;
  // A bare name is found on PATH by the adapter.
  return typeof dlv === 'string' && isAbsolute(dlv) ? dlv : undefined;
}

/** The variables of the extension's settings, under those of the files, under those of `env`. */
async function environment(debug: Configuration, editor: Editor): Promise<Configuration> {
  const tools = toolVariables(editor);
  const files = [debug.envFile ?? []].flat().filter(isNamed);
  const known = { ...editor.environment, ...tools };
  const read: Variables = {};
  for (const path of files) Object.assign(read, await readEnvFile({ path, grammar: 'go', known }));
  return { ...tools, ...read, ...(isObject(debug.env) ? debug.env : {}) };
}

function toolVariables({ setting, folder, environment }: Editor): Configuration {
  const settings = setting('go.toolsEnvVars');
  const proxy = setting('http.proxy');
  const gopath = setting('go.gopath');
  const filled = (value: unknown) =>
    typeof value === 'string'
      ? value
          .replace(/\$\{env:([^}]*)\}/g, (_, name: string) => environment[name] ?? '')
          .replace(/\$\{workspace(?:Folder|Root)\}/g, (whole) => folder ?? whole)
          .replace(/^~(?=[/\\]|$)/, () => homedir())
      : value;
  return {
    ...Object.fromEntries(
      Object.entries(isObject(settings) ? settings : {}).map(([name, value]) => [name, filled(value)]),
    ),
    ...(isNamed(proxy)
      ? { http_proxy: proxy, HTTP_PROXY: proxy, https_proxy: proxy, HTTPS_PROXY: proxy }
      : {}),
    ...(isNamed(gopath) ? { GOPATH: filled(gopath) } : {}),
  };
}

/** delve sets this flag itself: without optimization. */
const gcflags = /(^|\s)-gcflags(?:=| )(?:'[^']*'|"[^"]*"|[^'"\s]+)+/g;

function withoutGcflags({ buildFlags }: Configuration): Configuration {
  return typeof buildFlags === 'string' ? { buildFlags: buildFlags.replace(gcflags, '') } : {};
}

function withGoflags(env: Configuration): Configuration {
  return typeof env.GOFLAGS === 'string' ? { ...env, GOFLAGS: env.GOFLAGS.replace(gcflags, '') } : env;
}

function isNamed(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
