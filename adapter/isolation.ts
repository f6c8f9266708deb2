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
  const { debug, debugAdapter } = configuration;
  const attribute = isolatingAttribute(configuration);
  if (attribute === undefined) return;
  if (debug.request === 'attach')
    throw unavailable(attribute, 'a process that runs already', 'Have the debugger launch the process');
  if (debugAdapter !== undefined && 'port' in debugAdapter)
    throw unavailable(
      attribute,
      'the debug adapter of "debugAdapter" runs already, and what it starts',
      'Have it started from here, with "command"',
    );
  await assertNamespaceAllowed(attribute, signal);
}

/**
 * Makes sure, before anything is touched, that nothing of the kind is asked for of a debugger that the editor starts.
 * @throws LaunchError `isolation-unavailable`
 */
export function assertNotIsolated(configuration: Configuration): void {
  const attribute = isolatingAttribute(configuration);
  if (attribute === undefined) return;
  throw unavailable(
    attribute,
    `the editor starts the debugger for "${configuration.debug.type}", and what that starts`,
    'Name a debug adapter that can be started from here with "debugAdapter"',
  );
}

/** The attribute that asks for files that others do not see; `undefined`: none does. */
function isolatingAttribute(configuration: Configuration): 'volumes.at' | 'hosts' | undefined {
  const { volumes, hosts, useKubernetesServiceEnvironmentVariables } = configuration;
  if (volumes.at === 'realPaths') return 'volumes.at';
  return hosts === 'private' && !useKubernetesServiceEnvironmentVariables ? 'hosts' : undefined;
}

function unavailable(attribute: 'volumes.at' | 'hosts', who: string, instead: string): LaunchError {
  const [asks, without] =
    attribute === 'hosts'
      ? ['"hosts": "private"', '"hosts": "system"']
      : ['"volumes": {"at": "realPaths"}', '"volumes": {"at": "folder"}'];
  return new LaunchError(
    'isolation-unavailable',
    `Cannot do as ${asks} says: ${who} sees this machine's files. ${instead}, or set ${without}.`,
    { attribute },
  );
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
  if (isolation === undefined || !('command' in command)) return command;
  const keep = [mainScript, ...(await neededFiles(command, debug))];
  return { ...command, prefix: await namespacePrefix(isolation, { keep, signal }) };
}

/** What is put before a debugger's command, and before a debuggee's in a terminal. */
export function prefixOf(command: DebuggerCommand): readonly string[] {
  return 'command' in command ? (command.prefix ?? []) : [];
}
