import type { Configuration } from './configuration.ts';
import type { DebugConfiguration, DebuggerCommand } from './debugger/command.ts';
import { neededFiles } from './debugger/needed.ts';
import { LaunchError } from './errors.ts';
import { assertNamespaceAllowed, namespacePrefix, type Isolation } from './machine/namespace/namespace.ts';

/**
 * Makes sure, before anything is touched, that the local process can be shown files that others do not see, if the
 * configuration asks for it.
 * @throws LaunchError `isolation-unavailable` when this machine does not allow it, or the process is not started from
 * here.
 */
export async function checkIsolation(configuration: Configuration, signal: AbortSignal): Promise<void> {
  const { volumes, hosts, debug, debugAdapter } = configuration;
  const names = hosts === 'private' && !configuration.useKubernetesServiceEnvironmentVariables;
  const attribute = volumes.at === 'realPaths' ? 'volumes.at' : names ? 'hosts' : undefined;
  if (attribute === undefined) return;
  const attached = debug.request === 'attach';
  if (attached || (debugAdapter !== undefined && 'port' in debugAdapter)) {
    const [asks, without] =
      attribute === 'hosts'
        ? ['"hosts": "private"', '"hosts": "system"']
        : ['"volumes": {"at": "realPaths"}', '"volumes": {"at": "folder"}'];
    throw new LaunchError(
      'isolation-unavailable',
      `Cannot do as ${asks} says: ${attached ? 'a process that runs already' : 'the debug adapter of "debugAdapter" runs already, and what it starts'} sees this machine's files. ` +
        `${attached ? 'Have the debugger launch the process' : 'Have it started from here, with "command"'}, or set ${without}.`,
      { attribute },
    );
  }
  await assertNamespaceAllowed(attribute, signal);
}

/**
 * The command by which the debugger is started so that it, and what it starts, sees what nobody else does.
 * @throws LaunchError `isolation-unavailable`, or the signal's reason.
 */
export async function isolated(
  command: DebuggerCommand,
  {
    isolation,
    debug,
    mainScript,
    signal,
  }: { isolation: Isolation | undefined; debug: DebugConfiguration; mainScript: string; signal: AbortSignal },
): Promise<DebuggerCommand> {
  if (isolation === undefined || command.by === 'address') return command;
  const keep = [mainScript, ...(await neededFiles(command, debug))];
  return { ...command, prefix: await namespacePrefix(isolation, { keep, signal }) };
}

/** What is put before a debugger's command, and before a debuggee's in a terminal. */
export function prefixOf(command: DebuggerCommand): readonly string[] {
  return command.by === 'address' ? [] : (command.prefix ?? []);
}
