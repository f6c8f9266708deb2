import { Api } from '../cluster/api.ts';
import { chooseCluster, type ClusterChoice } from '../cluster/connection.ts';
import { listNamespaces, listTargets, type ListedNamespaces } from '../cluster/listing.ts';
import { owner } from '../cluster/names.ts';
import type { ListedTarget } from '../cluster/targets.ts';

/** Which cluster is asked, and how long it may take. */
export interface Asking {
  choice: ClusterChoice;
  connectTimeoutSeconds: number;
  signal: AbortSignal;
}

/** The namespaces of a cluster. */
export async function askNamespaces({
  choice,
  connectTimeoutSeconds,
  signal,
}: Asking): Promise<ListedNamespaces> {
  const connection = chooseCluster(choice);
  return listNamespaces(new Api(connection, connectTimeoutSeconds), connection.namespace, signal);
}

/** What a session can stand in for in a namespace. */
export async function askTargets({ choice, connectTimeoutSeconds, signal }: Asking): Promise<ListedTarget[]> {
  const connection = chooseCluster(choice);
  const api = new Api(connection, connectTimeoutSeconds);
  return listTargets(api, connection.namespace, { owner: owner(), signal });
}
