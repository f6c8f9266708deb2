import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../messageOf.ts';
import type { Editor } from './editor.ts';
import { exists } from './files.ts';
import type { Kind } from './kind.ts';
import { isObject, without, type Configuration } from './outer.ts';

/** Where Node.js listens when it is told by a signal to take a debugger. */
const inspectorPort = 9229;

/**
 * What VS Code's own extension js-debug adds. Source: vscode-js-debug, ui/configuration/nodeDebugConfigurationResolver.ts,
 * baseConfigurationResolver.ts and ui/processPicker.ts. Its server fills in the other defaults itself.
 */
export const node: Kind = {
  types: ['pwa-node', 'node'],
  after: async (given, editor) => {
    const debug = { ...common(editor), ...without(given, ['runtimeVersion']) };
    if (given.remoteRoot !== undefined && given.localRoot === undefined && editor.folder !== undefined)
      debug.localRoot = editor.folder;
    if (given.request === 'attach') return { debug: await withPort(debug, editor) };
    Object.assign(debug, withoutInspectFlags(given));
    Object.assign(debug, await runtime(given, editor));
    return {
      debug,
      ...(given.console === 'integratedTerminal' ? { outer: { internalConsoleOptions: 'neverOpen' } } : {}),
    };
  },
};

/** js-debug for browsers. Source: vscode-js-debug, ui/configuration/baseConfigurationResolver.ts. */
export const browser: Kind = {
  types: ['pwa-chrome', 'chrome'],
  after: (given, editor) => ({ debug: { ...common(editor), ...given } }),
};

function common({ folder, setting }: Editor): Configuration {
  const always = setting('debug.javascript.breakOnConditionalError');
  return {
    // What "${workspaceFolder}" stands for in the defaults that the server fills in, such as "outFiles".
    ...(folder === undefined ? {} : { cwd: folder, __workspaceFolder: folder }),
    ...(typeof always === 'boolean' ? { __breakOnConditionalError: always } : {}),
  };
}

/** The server starts the program with flags of its own; "--inspect-brk" asks to stop at the first line. */
function withoutInspectFlags({ runtimeArgs, attachSimplePort, stopOnEntry }: Configuration): Configuration {
  if (typeof attachSimplePort === 'number')
    return { continueOnAttach: stopOnEntry !== true, stopOnEntry: false };
  if (!Array.isArray(runtimeArgs)) return {};
  const flag = /^--inspect(-brk)?(?:=|$)/;
  const brk = runtimeArgs.some((arg) => flag.exec(String(arg))?.[1] !== undefined);
  return {
    runtimeArgs: runtimeArgs.filter((arg) => !flag.test(String(arg))),
    ...(brk ? { stopOnEntry: stopOnEntry ?? true } : {}),
  };
}

/** The version of Node.js that nvm has under `runtimeVersion`, first on the program's PATH. */
async function runtime(
  { runtimeVersion, runtimeExecutable, env }: Configuration,
  { environment, platform }: Editor,
): Promise<Configuration> {
  if (typeof runtimeVersion !== 'string' || runtimeVersion === 'default') return {};
  const windows = platform === 'win32';
  const home = windows
    ? (environment.NVM_HOME ?? '')
    : join(environment.NVM_DIR ?? join(homedir(), '.nvm'), 'versions', 'node');
  const wanted = `v${runtimeVersion.replace(/^v/, '')}`;
  const installed = (await readdir(home).catch(() => [])) // No nvm: nothing is installed.
    .filter((one) => one === wanted || one.startsWith(`${wanted}.`))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const [best] = installed;
  if (best === undefined) {
    throw new Error(
      `Cannot find Node.js "${runtimeVersion}": nvm has no such version in "${home}". Install it with "nvm install ${runtimeVersion}", or name the program with "runtimeExecutable" in place of "runtimeVersion".`,
    );
  }
  const bin = windows ? join(home, best) : join(home, best, 'bin');
  const own = isObject(env) ? env : {};
  const path = typeof own.PATH === 'string' ? own.PATH : (environment.PATH ?? '');
  const program =
    windows && (await exists(join(bin, 'node64.exe'))) ? 'node64.exe' : windows ? 'node.exe' : 'node';
  return {
    env: { ...own, PATH: `${bin}${delimiter}${path}` },
    ...((runtimeExecutable ?? 'node') === 'node' ? { runtimeExecutable: join(bin, program) } : {}),
  };
}

/** Attaching takes a port: a process that has none yet, "PID" or "PID:", is told to open one. */
async function withPort(debug: Configuration, { platform }: Editor): Promise<Configuration> {
  const { processId } = debug;
  if (processId === undefined) return debug;
  const given = typeof processId === 'string' ? processId.trim() : JSON.stringify(processId);
  const [, id, port] = /^(\d+)(?::(\d*))?$/.exec(given) ?? [];
  if (id === undefined) {
    throw new Error(`Cannot attach to "${given}": it is no process id. Correct "processId" in "debug".`);
  }
  if (!port) await openInspector(Number(id), platform);
  return { ...without(debug, ['processId']), port: port ? Number(port) : inspectorPort };
}

async function openInspector(id: number, platform: NodeJS.Platform): Promise<void> {
  try {
    // Windows has no such signal; the editor's own Node.js cannot do it either.
    if (platform === 'win32') await promisify(execFile)('node', ['-e', `process._debugProcess(${id})`]);
    else process.kill(id, 'SIGUSR1');
  } catch (error) {
    throw new Error(
      `Cannot have process ${id} take a debugger: ${messageOf(error)}. Correct "processId" in "debug", or start the process with "--inspect" and name the port with "port".`,
      { cause: error },
    );
  }
}
