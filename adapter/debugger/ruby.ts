import { join } from 'node:path';
import { LaunchError } from '../errors.ts';
import type { DebugConfiguration, DebuggerCommand, Preset } from './command.ts';
import { exists, findOnPath, findVersionOnPath, isExecutable } from './path.ts';

/**
 * Whoever connects before the program stands at its first line is spoken to in another protocol than DAP: the frame
 * there is printed before the greeting is read. So both lines are waited for; two threads print them.
 */
const announces = /(?=[^]*wait for debugger connection)[^]*Debugger can attach via TCP\/IP \(.*:(\d+)\)/;

/**
 * rdbg, of Ruby's gem "debug". It runs inside the debuggee: starting the one is starting the other, so there is
 * nothing to be started before the configuration is known. What is in the configuration is what the VS Code
 * extension "KoichiSasada.vscode-rdbg" takes.
 */
export const ruby: Preset = {
  types: ['rdbg', 'ruby'],
  environment: 'none',
  async find(_folders, debug) {
    if (debug?.request === 'attach') return address(debug.debugPort);
    if (debug === undefined || (debug.script ?? debug.command) === undefined) {
      throw new LaunchError(
        'configuration-invalid',
        'Cannot start rdbg without a program. Name it with "script" in "debug", or the command that runs it with "command".',
        { attribute: 'debug.script' },
      );
    }
    const { command, script, args, cwd, useBundler } = debug;
    const bundled = useBundler === true && typeof cwd === 'string' && (await exists(join(cwd, 'Gemfile')));
    const bundle = bundled ? ['bundle', 'exec'] : [];
    const [program, ...options] = [...bundle, bundled ? 'rdbg' : await findRdbg(debug)] as [string];
    return {
      ...(typeof cwd === 'string' ? { cwd } : {}),
      by: 'listening',
      isDebuggee: true,
      announces,
      command: program,
      args: [
        ...options,
        ...['--open', '--host', '127.0.0.1', '--port', '0', '--command', '--'],
        ...(typeof command === 'string' ? command.split(/\s+/) : [...bundle, 'ruby']),
        ...(typeof script === 'string' ? [script] : []),
        ...(Array.isArray(args) ? args.map(String) : []),
      ],
    };
  },
};

async function findRdbg({ rdbgPath }: DebugConfiguration): Promise<string> {
  const named = typeof rdbgPath === 'string';
  const program = named
    ? (await isExecutable(rdbgPath)) && rdbgPath
    : ((await findOnPath('rdbg')) ?? (await findVersionOnPath('rdbg')));
  if (program) return program;
  throw new LaunchError(
    'debugger-not-installed',
    `Cannot find rdbg, the debugger for "rdbg": ${named ? `"${rdbgPath}" is not an executable file` : 'there is no "rdbg" on PATH'}. ` +
      'Install it with "gem install debug", or name it with "rdbgPath" in "debug".',
    { attribute: named ? 'debug.rdbgPath' : 'debug.type' },
  );
}

/** `debugPort` as the extension takes it: "PORT" or "HOST:PORT". */
function address(debugPort: unknown): DebuggerCommand {
  const [, host, port] = /^(?:(.+):)?(\d+)$/.exec(String(debugPort)) ?? [];
  if (port === undefined) {
    throw new LaunchError(
      'configuration-invalid',
      `Cannot attach to rdbg at "${String(debugPort)}": "debugPort" in "debug" has to be "PORT" or "HOST:PORT". Start the program with "rdbg --open --port PORT".`,
      { attribute: 'debug.debugPort' },
    );
  }
  return { by: 'address', host: host ?? '127.0.0.1', port: Number(port) };
}
