import { homedir } from 'node:os';
import { stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { LaunchError } from '../errors.ts';
import type { DebugConfiguration, DebuggerCommand, Preset } from './command.ts';
import { findOnPath, isExecutable, masonFolder } from './path.ts';

/** delve. It dials us, so no port has to be guessed. */
export const go: Preset = {
  types: ['go'],
  environment: 'nullable',
  defaults: (debug) => ({
    // "auto" is resolved by VS Code's Go extension, delve does not know it.
    ...(debug.request !== 'attach' && (debug.mode ?? 'auto') === 'auto' ? { mode: 'debug' } : {}),
    // Otherwise the program's output goes to delve's own, which nobody sees.
    outputMode: debug.outputMode ?? 'remote',
  }),
  async find(_folders, debug) {
    const named = debug?.dlvToolPath;
    const command =
      typeof named === 'string' ? (await isExecutable(named)) && named : await findOnPath('dlv', goFolders());
    if (!command) {
      throw new LaunchError(
        'debugger-not-installed',
        `Cannot find delve, the debugger for "go": ${typeof named === 'string' ? `"${named}" is not an executable file` : 'there is no "dlv" on PATH, in "GOPATH/bin" or in "~/go/bin"'}. ` +
          'Install it with "go install github.com/go-delve/delve/cmd/dlv@latest", or name it with "dlvToolPath" in "debug".',
        { attribute: typeof named === 'string' ? 'debug.dlvToolPath' : 'debug.type' },
      );
    }
    const cwd = await packageFolder(debug);
    return {
      ...(cwd === undefined ? {} : { cwd }),
      by: 'dialling',
      command,
      args: ['dap', '--client-addr=127.0.0.1:{port}'],
    } satisfies DebuggerCommand;
  },
};

/** delve builds where it is started, so that has to be inside the program's module. */
async function packageFolder(debug: DebugConfiguration | undefined): Promise<string | undefined> {
  const program = debug?.program;
  if (typeof program !== 'string' || !isAbsolute(program) || debug?.mode === 'exec') return undefined;
  const found = await stat(program).catch(() => undefined); // delve says better what is wrong with it.
  if (!found) return undefined;
  return found.isDirectory() ? program : dirname(program);
}

/** Where "go install" and Neovim's package manager put it. */
function goFolders(): string[] {
  const paths = (process.env.GOPATH ?? '').split(delimiter).filter((path) => path !== '');
  const own = process.env.GOBIN;
  return [
    ...(own ? [own] : []),
    ...paths.map((path) => join(path, 'bin')),
    join(homedir(), 'go', 'bin'),
    join(masonFolder(), 'bin'),
  ];
}
