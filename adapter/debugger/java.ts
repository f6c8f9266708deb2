import { LaunchError } from '../errors.ts';
import type { Preset } from './command.ts';

/**
 * java-debug. It is a part of the Java language server, which the editor runs, and which opens a port for each
 * session on demand: nothing can be started here, only dialled with `debugAdapter`.
 */
export const java: Preset = {
  types: ['java'],
  environment: 'env',
  find: () =>
    Promise.reject(
      new LaunchError(
        'debugger-not-installed',
        'Cannot start java-debug, the debugger for "java": it runs inside the Java language server (jdt.ls). ' +
          'Have your editor\'s Java plug-in execute the command "vscode.java.startDebugSession" there, and name the port that it answers: "debugAdapter": {"port": …}.',
        { attribute: 'debugAdapter' },
      ),
    ),
};
