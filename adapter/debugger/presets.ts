import { dirname, isAbsolute, resolve } from 'node:path';
import type { LaunchArguments } from '../../schemas/launch.d.ts';
import { LaunchError } from '../errors.ts';
import { didYouMean, quoted } from '../nearest.ts';
import { installedAdapters } from './adapters.ts';
import type { DebugConfiguration, DebuggerCommand, Preset } from './command.ts';
import { go } from './go.ts';
import { java } from './java.ts';
import { chrome, node } from './node.ts';
import { findOnPath, isExecutable } from './path.ts';
import { perl } from './perl.ts';
import { python } from './python.ts';
import { ruby } from './ruby.ts';

/** Every kind of debugger that can be found by its `debug.type`. */
export const presets: readonly Preset[] = [node, chrome, python, go, ...installedAdapters, java, ruby, perl];

/** What is known of a debugger by its `debug.type`; `undefined` for one without preset. */
export function presetOf(type: string): Preset | undefined {
  return presets.find(({ types }) => types.includes(type));
}

/**
 * How to reach the debug adapter for `debug.type`: what `debugAdapter` says, else the installed adapter of
 * the preset. `cwd` is where to look beside the debuggee's own folders. Starts nothing that lasts. Throws a `LaunchError`
 * "debugger-not-installed".
 */
export async function findDebugger(
  type: string,
  debugAdapter: LaunchArguments['debugAdapter'],
  cwd: string,
  debug?: DebugConfiguration,
): Promise<DebuggerCommand> {
  if (debugAdapter && 'port' in debugAdapter) {
    return { by: 'address', host: debugAdapter.host ?? '127.0.0.1', port: debugAdapter.port };
  }
  if (debugAdapter) {
    const { command, args, env, cwd: folder } = debugAdapter;
    // A path is taken from the adapter's folder; a bare name is looked up on PATH.
    const file = /[/\\]/.test(command)
      ? (await isExecutable(resolve(folder ?? cwd, command))) && resolve(folder ?? cwd, command)
      : await findOnPath(command);
    if (!file) {
      throw new LaunchError(
        'debugger-not-installed',
        `Cannot start the debug adapter "${command}": there is no such executable file. Install it, or correct "debugAdapter.command".`,
        { attribute: 'debugAdapter.command' },
      );
    }
    return { by: 'stdio', command: file, args: args ?? [], ...(env ? { env } : {}), cwd: folder ?? cwd };
  }
  const preset = presetOf(type);
  if (!preset) {
    const known = presets.flatMap(({ types }) => types);
    throw new LaunchError(
      'debugger-not-installed',
      `Cannot find a debug adapter for "${type}"${didYouMean(type, known)} Adapters are known for ${quoted(known)}. ` +
        'Say how to start yours with "debugAdapter": {"command": …, "args": […]}, or where it listens with {"host": …, "port": …}.',
      { attribute: 'debug.type' },
    );
  }
  return preset.find(workspaceFolders(cwd, debug), debug);
}

/** Where the debuggee lives, as far as its configuration says; `cwd` last. */
function workspaceFolders(cwd: string, debug: DebugConfiguration | undefined): string[] {
  const own = debug?.cwd;
  const program = debug?.program;
  const folders = [
    ...(typeof own === 'string' && isAbsolute(own) ? [own] : []),
    ...(typeof program === 'string' && isAbsolute(program) ? [dirname(program)] : []),
    cwd,
  ];
  return [...new Set(folders)];
}
