import { planMounts, type Bind } from './mountplan.ts';
import { mountScript } from './mountscript.ts';
import { privateNames } from './privatenames.ts';
import { wayIntoNamespace } from './namespaceway.ts';

export type { Bind };

/** What the local process sees differently from the rest of this machine. */
export interface Isolation {
  binds: readonly Bind[];
}

export interface NamespaceOptions {
  /** Files and folders that what runs inside needs as they are: the debugger's, the program's, its working folder. */
  keep: readonly string[];
  signal: AbortSignal;
}

/**
 * The words to put before a command, so that it runs in a mount namespace of its own, in which each bind is seen at
 * its path. The command keeps its process id, folder, user and streams; all that is mounted ends with its last
 * process, whatever that dies of. `/etc/hosts` among the binds is looked at before any other source of names.
 * @throws LaunchError `isolation-unavailable`, or the signal's reason.
 */
export async function namespacePrefix(
  { binds }: Isolation,
  { keep, signal }: NamespaceOptions,
): Promise<string[]> {
  const way = await wayIntoNamespace('volumes.at', signal);
  const names = await privateNames(binds);
  const plan = await planMounts([...binds, ...names.binds], keep);
  const etc = plan.covers.find(({ folder }) => folder === '/etc');
  if (etc !== undefined && names.switch !== undefined) {
    etc.without.push('nsswitch.conf');
    plan.files.push({ path: '/etc/nsswitch.conf', text: names.switch });
  }
  return [...way.enter, '/bin/sh', '-c', mountScript(plan, way.become), 'localprocess-k8s'];
}

/**
 * Makes sure, before anything is touched, that such a namespace can be had. `attribute` is the launch attribute that
 * asks for it.
 * @throws LaunchError `isolation-unavailable` that says what forbids it and what to do, or the signal's reason.
 */
export async function assertNamespaceAllowed(
  attribute: 'volumes.at' | 'hosts',
  signal: AbortSignal,
): Promise<void> {
  await wayIntoNamespace(attribute, signal);
}
