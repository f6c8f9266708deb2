import type { ClusterConnection } from './cluster/connection.ts';
import type { Target } from './cluster/target.ts';
import type { Configuration } from './configuration.ts';
import { controlPath, serveControl } from './control.ts';
import { Journal, type JournalRecord } from './journal.ts';
import { sessionFolder } from './machine/folders.ts';
import { makeFolder, removeFolder } from './machine/sessionfolder.ts';
import { foldersOf } from './machine/volumes/memory.ts';
import { restoreDetached } from './restore.ts';
import type { Scope } from './scope.ts';

/** What a session is about. */
interface Subject {
  target: Target;
  cluster: ClusterConnection;
  configuration: Configuration;
}

/**
 * Begins the session's journal: from here on it can be restored, once, by a process of its own (`restore`). Then makes
 * its folder, and answers in there to whoever asks how it is.
 */
export async function beginSession(
  subject: Subject,
  scope: Scope,
): Promise<{ journal: Journal; restore: () => void }> {
  const { session, since, mainScript, log, undo, diagnostics } = scope;
  const folders = foldersOf(session);
  const journal = await Journal.begin({
    session,
    since,
    log: log.path,
    target: subject.target.name,
    cluster: clusterOf(subject),
    folders,
  });
  const restore = once(() => restoreDetached(session, mainScript));
  undo.push('restore the cluster', restore);
  for (const folder of folders) undo.push(`remove ${folder}`, () => removeFolder(folder));
  await makeFolder(sessionFolder(session));
  await serveControl(controlPath(session), diagnostics, { undo, log });
  return { journal, restore };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

/** What it takes to reach the same cluster again: no credentials, which are in the kubeconfig. */
function clusterOf({
  configuration: { kubeconfig, connectTimeoutSeconds },
  cluster: { context, namespace },
}: Subject): JournalRecord['cluster'] {
  return { kubeconfig, environment: process.env.KUBECONFIG, context, namespace, connectTimeoutSeconds };
}
