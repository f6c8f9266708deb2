import { constants } from 'node:os';
import { LaunchError, messageOf } from '../errors.ts';
import { launch } from '../launch.ts';
import { namespacePrefix } from '../machine/namespace/namespace.ts';
import { askAtTerminal } from './ask.ts';
import { attributesOf, targetOptions } from './attributes.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';
import { exitCodes, findCommand, startForeground, type Foreground } from './foreground.ts';
import { tell, TerminalProgress } from './terminal.ts';

const options = {
  port: {
    type: 'string',
    multiple: true,
    value: 'LOCAL:REMOTE',
    help: "Your process's port, and the container's. Default: each port, same number.",
  },
  env: { type: 'string', multiple: true, value: 'NAME=VALUE', help: "Wins over the pod's variable." },
  'no-hosts': {
    type: 'boolean',
    help: 'Reach services by NAME_SERVICE_HOST and NAME_SERVICE_PORT; needs no administrator rights.',
  },
  ...targetOptions,
} as const satisfies Options;

/** `localprocess-k8s run`: a session around any command. */
export const run: Command = {
  name: 'run',
  synopsis: 'TARGET [--port LOCAL:REMOTE]… [OPTION]… -- COMMAND…',
  summary: "Runs a command in the target's place; when it ends, everything is as it was.",
  options,
  async start(args, mainScript) {
    if (!args.includes('--'))
      throw commandInvalid('Cannot tell the command to run from the rest: "--" is missing before it.');
    const { values, positionals, rest } = parse(args, options, ['TARGET']);
    const [target = ''] = positionals;
    const [name, ...more] = rest ?? [];
    if (name === undefined) throw commandInvalid('COMMAND is missing after "--".');
    const attributes = await attributesOf(target, values);
    const found = await findCommand(name);
    if ('why' in found) {
      tell(found.why);
      return found.exitCode;
    }
    return runInSession(attributes, [found.file, ...more], mainScript);
  },
};

/** Keys of a terminal send these to everybody in its foreground: the command has its own already. */
const ofTerminals = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/**
 * Launches, runs the command, leaves. Signals end the launch, or the command when that runs, never the clean-up.
 * Resolves with the exit code.
 */
async function runInSession(
  attributes: Record<string, unknown>,
  command: [string, ...string[]],
  mainScript: string,
): Promise<number> {
  const progress = new TerminalProgress();
  const cancel = new AbortController();
  let running: Foreground | undefined;
  let cancelledBy: NodeJS.Signals | undefined;
  const take = (signal: NodeJS.Signals) => {
    cancelledBy ??= signal;
    if (running === undefined) cancel.abort(new LaunchError('cancelled', `Cancelled by ${signal}.`));
    else if (!(ofTerminals.has(signal) && atTerminal())) running.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, take);

  try {
    const connected = await launch(
      { ...attributes, debug: { type: 'command', request: 'launch' } },
      {
        signal: cancel.signal,
        progress,
        mainScript,
        ...askAtTerminal(progress),
        find: () => Promise.resolve(command[0]),
        async delegate({ environment, isolation, onProcess }) {
          const keep = [mainScript, command[0]];
          const prefix = isolation && (await namespacePrefix(isolation, { keep, signal: cancel.signal }));
          progress.clear();
          running = await startForeground([...(prefix ?? []), ...command], environment);
          onProcess(running.pid);
        },
      },
    );
    const exited = running?.exited ?? Promise.resolve(exitCodes.notExecutable);
    const outcome = await Promise.race([exited, connected.lost]);
    if (outcome instanceof LaunchError) {
      tell(outcome.message);
      await running?.end();
    }
    await connected.leave({ inFlight: false, alone: false });
    return outcome instanceof LaunchError ? 1 : outcome;
  } catch (error) {
    progress.clear();
    if (cancel.signal.aborted && cancelledBy !== undefined) {
      tell(messageOf(error));
      return 128 + constants.signals[cancelledBy];
    }
    if (!(error instanceof LaunchError) || error.code !== 'command-invalid') throw error;
    tell(error.message);
    return exitCodes.notExecutable;
  }
}

function atTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}
