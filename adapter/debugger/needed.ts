import { stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { DebugConfiguration, DebuggerCommand } from './command.ts';

/** The files and folders that a debugger is started from, and those that it and the debuggee work in. */
export async function neededFiles(command: DebuggerCommand, debug: DebugConfiguration): Promise<string[]> {
  const { program, cwd } = debug;
  const given = [
    ...('command' in command ? [command.command, ...command.args, command.cwd] : []),
    program,
    cwd,
  ];
  const folder = typeof program === 'string' && !(await isFolder(program)) ? [dirname(program)] : [];
  return [...given, ...folder].filter((path): path is string => typeof path === 'string' && isAbsolute(path));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false, // The debugger says better what is wrong with it.
  );
}
