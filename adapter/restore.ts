import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { Api } from './cluster/api.ts';
import { chooseCluster } from './cluster/connection.ts';
import { leaveReplicaSet } from './cluster/leave.ts';
import { portForward } from './cluster/portForward.ts';
import { Journal } from './journal.ts';
import type { Log } from './log.ts';
import { Administrator } from './machine/administrator.ts';
import { systemHostsFile } from './machine/hosts/hosts.ts';
import { hasBlock } from './machine/hosts/hostsblock.ts';
import { endProcess } from './machine/processes/processes.ts';
import { removeLink } from './machine/volumes/links.ts';
import { removeFolder } from './machine/sessionfolder.ts';
import type { Progress } from './progress.ts';
import { Tunnel } from './tunnel/tunnel.ts';

export interface RestoreOptions {
  /** This program's entry, to start the elevated helper with. */
  mainScript: string;
  log: Log;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Undoes whatever a session's journal says it did, here and in the cluster, then forgets the session. The end of
 * every session runs through here, in a process of its own; so does `localprocess-k8s restore`.
 */
export async function restore(journal: Journal, options: RestoreOptions): Promise<void> {
  const orphaned = !(await journal.isLive());
  await journal.adopt();
  const endDebuggers = async () => {
    await Promise.all((journal.record.debuggers ?? []).map((identity) => endProcess(identity)));
  };
  const removeFolders = async () => {
    await Promise.all((journal.record.links ?? []).map((link) => removeLink(link)));
    await Promise.all((journal.record.folders ?? []).map((folder) => removeFolder(folder)));
  };
  try {
    // Nobody else does it any more, and whoever starts the session again needs the debuggee's ports.
    if (orphaned) {
      await endDebuggers();
      await removeFolders(); // What a volume's secrets are in is not to wait for the cluster.
    }
    await restoreCluster(journal, options);
  } finally {
    // Last: at an ordinary end the adapter is doing this itself meanwhile.
    if (!orphaned) await endDebuggers();
    await restoreHosts(journal, options);
  }
  if (!orphaned) await removeFolders();
  await journal.remove();
}

async function restoreHosts(
  { record }: Journal,
  { mainScript, log, progress, signal }: RestoreOptions,
): Promise<void> {
  if (record.hosts !== true) return;
  const text = await readFile(systemHostsFile, 'latin1');
  if (!hasBlock(text, record.session)) return;
  await using administrator = await Administrator.start({
    session: record.session,
    mainScript,
    log,
    signal,
    progress,
  });
  await administrator.writeHosts([]);
}

async function restoreCluster({ record }: Journal, { log, signal }: RestoreOptions): Promise<void> {
  const { agents, cluster, session } = record;
  if (agents === undefined) return;
  if (cluster.kubeconfig === undefined && cluster.environment !== undefined)
    process.env.KUBECONFIG = cluster.environment;
  const { namespace } = cluster;
  const api = new Api(chooseCluster(cluster), cluster.connectTimeoutSeconds);
  await leaveReplicaSet(api, {
    ...agents,
    namespace,
    session,
    log,
    signal,
    open: (pod, deadline) =>
      Tunnel.open(
        {
          open: (aborted) => portForward(api, namespace, pod, agents.controlPort, aborted),
          token: agents.token,
          holdSeconds: 0,
          log,
        },
        AbortSignal.any([deadline, AbortSignal.timeout(5000)]),
      ),
  });
}

/** Starts the restoration of a session in a process of its own, which outlives this one and a tree-kill of it. */
export function restoreDetached(session: string, mainScript: string): void {
  const child = spawn(process.execPath, [mainScript, 'restore', '--session', session, '--quiet'], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    windowsHide: true,
  });
  child.on('error', () => undefined); // The agents give the traffic back by themselves after a while.
  child.unref();
}

/**
 * The earlier sessions that a new one undoes: those of this user whose process has died, and those on the same
 * target (`previous`), which the new session takes over.
 */
export async function sessionsToRestore(previous: readonly string[]): Promise<Journal[]> {
  const journals = await Journal.all();
  const wanted = await Promise.all(
    journals.map(async (journal) => previous.includes(journal.record.session) || !(await journal.isLive())),
  );
  return journals.filter((_, index) => wanted[index]);
}
