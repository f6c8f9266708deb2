import { join } from 'node:path';
import { execa } from 'execa';
import { LaunchError } from '../errors.ts';
import type { DebugConfiguration, Preset } from './command.ts';
import { findOnPath, interpreterIn, isExecutable } from './path.ts';

/** debugpy, with the interpreter of the configuration, of the workspace, or of PATH. */
export const python: Preset = {
  types: ['debugpy', 'python'],
  environment: 'nullable',
  async find(folders, debug) {
    const tried: string[] = [];
    for (const interpreter of await interpreters(folders, debug)) {
      const [command = '', ...args] = interpreter;
      if (await hasDebugpy(command, args)) {
        return { by: 'stdio', command, args: [...args, '-m', 'debugpy.adapter'] };
      }
      tried.push(`"${interpreter.join(' ')}"`);
    }
    throw new LaunchError(
      'debugger-not-installed',
      `Cannot find debugpy, the debugger for "debugpy": ${tried.length > 0 ? `${tried.join(' and ')} cannot import it` : 'there is no "python3" or "python" on PATH'}. ` +
        'Install it with "python3 -m pip install debugpy", or name the interpreter that has it with "python" in "debug".',
      { attribute: debug?.python === undefined ? 'debug.type' : 'debug.python' },
    );
  },
};

/** The commands that may run Python, best first. One that the configuration names is the only one. */
async function interpreters(
  folders: readonly string[],
  debug: DebugConfiguration | undefined,
): Promise<string[][]> {
  // `pythonPath` is the attribute's old name.
  const named = debug?.python ?? debug?.pythonPath;
  if (typeof named === 'string' && named !== '') return [[named]];
  if (Array.isArray(named) && named.length > 0) return [named.map(String)];

  const found: (string | undefined)[] = [];
  for (const environment of folders.flatMap((folder) => [join(folder, '.venv'), join(folder, 'venv')])) {
    const file = interpreterIn(environment);
    if (await isExecutable(file)) found.push(file);
  }
  found.push(await findOnPath('python3'), await findOnPath('python'));
  return found.flatMap((file) => (file === undefined ? [] : [[file]]));
}

async function hasDebugpy(command: string, args: string[]): Promise<boolean> {
  // Looking for the module does not import it, and takes a tenth of the time.
  const probe = 'import importlib.util as u, sys; sys.exit(u.find_spec("debugpy") is None)';
  const { exitCode } = await execa(command, [...args, '-c', probe], { reject: false, stdio: 'ignore' });
  return exitCode === 0;
}
