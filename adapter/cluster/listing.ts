import { LaunchError, messageOf } from '../errors.ts';
import { ApiError, type Api } from './api.ts';
import { requireNamespace } from './named.ts';
import { permissionMissing } from './permissions.ts';
import type { Deployment, Pod, Resource, ResourceList, Service } from './resources.ts';
import { targetsAmong, type ListedTarget } from './targets.ts';

/** The namespaces to choose from, as far as the account may know them. */
export interface ListedNamespaces {
  namespaces: { name: string; current: boolean }[];
  /** Why there may be more. */
  partial?: string;
}

/**
 * The namespaces that take new pods; `current` is the context's. Where the account may not list them, only that one.
 * Fails with `cluster-refused`, or a `LaunchError` of the connection.
 */
export async function listNamespaces(
  api: Api,
  current: string,
  signal: AbortSignal,
): Promise<ListedNamespaces> {
  const listed = await listOf<Resource>(api, '/api/v1/namespaces', signal);
  if (listed instanceof ApiError)
    return {
      namespaces: [{ name: current, current: true }],
      partial: `Your account may not list the namespaces ${ofCluster(api)}, so only that of the context is here.`,
    };
  const names = listed
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
  return { namespaces: names.sort().map((name) => ({ name, current: name === current })) };
}

/**
 * What a session can stand in for in a namespace: its services, and the deployments that none of them selects.
 * `owner` is this user on this machine. Fails with `namespace-missing`, `permission-missing` or `cluster-refused`, or
 * a `LaunchError` of the connection.
 */
export async function listTargets(
  api: Api,
  namespace: string,
  { owner, signal }: { owner: string; signal: AbortSignal },
): Promise<ListedTarget[]> {
  const inNamespace = (group: string, resource: string) =>
    `${group}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
  const [services, pods, deployments] = await Promise.all([
    listOf<Service>(api, inNamespace('/api/v1', 'services'), signal),
    listOf<Pod>(api, inNamespace('/api/v1', 'pods'), signal),
    listOf<Deployment>(api, inNamespace('/apis/apps/v1', 'deployments'), signal),
    requireNamespace(api, namespace, signal),
  ]);
  if (services instanceof ApiError || pods instanceof ApiError || deployments instanceof ApiError) {
    const rights = Object.entries({ services, pods, deployments })
      .filter(([, listed]) => listed instanceof ApiError)
      .map(([resource]) => `list ${resource}`);
    const what = `list what there is in the namespace "${namespace}" ${ofCluster(api)}`;
    throw permissionMissing(what, rights, 'namespace', namespace);
  }
  return targetsAmong({ services, pods, deployments }, { namespace, owner });
}

/** The items of a collection, or the refusal where the account may not list them. */
async function listOf<T>(api: Api, path: string, signal: AbortSignal): Promise<T[] | ApiError> {
  try {
    return (await api.request<ResourceList<T>>(path, { signal })).items;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 403) return error;
    throw new LaunchError(
      'cluster-refused',
      `Cannot list ${path.split('/').at(-1) ?? 'anything'} ${ofCluster(api)}: ${messageOf(error)}. Try again; if it stays, ask whoever runs the cluster.`,
      { cause: error, attribute: 'context' },
    );
  }
}

function ofCluster({ connection: { context, server } }: Api): string {
  return `of the cluster of the context "${context}" (${server})`;
}
