import { LaunchError } from '../errors.ts';
import { didYouMean, quoted } from '../nearest.ts';
import { isNotFound, type Api } from './api.ts';
import type { Resource, ResourceList } from './resources.ts';

const collections: Record<string, string | undefined> = {
  service: '/api/v1/namespaces/{}/services',
  deployment: '/apis/apps/v1/namespaces/{}/deployments',
  replicaset: '/apis/apps/v1/namespaces/{}/replicasets',
  pod: '/api/v1/namespaces/{}/pods',
};
const abbreviations: Record<string, string | undefined> = {
  svc: 'service',
  services: 'service',
  deploy: 'deployment',
  deployments: 'deployment',
  rs: 'replicaset',
  replicasets: 'replicaset',
  po: 'pod',
  pods: 'pod',
};

/** The kind and name that a target's text means. Fails with `configuration-invalid` or `target-unsupported`. */
export function parseTarget(target: string): [kind: string, name: string] {
  const [first = '', second, ...rest] = target.split('/');
  if (second === undefined) return ['service', first];
  const kind = abbreviations[first.toLowerCase()] ?? first.toLowerCase();
  if (rest.length > 0 || second === '' || first === '') {
    throw new LaunchError(
      'configuration-invalid',
      `Cannot read the target "${target}": write it as "service/NAME".`,
      {
        attribute: 'target',
      },
    );
  }
  if (collections[kind] === undefined) {
    throw new LaunchError(
      'target-unsupported',
      `Cannot stand in for "${target}" yet: a target is a service, deployment, replicaset or pod whose pods a ReplicaSet owns. Nothing was changed.`,
      { attribute: 'target' },
    );
  }
  return [kind, second];
}

/** Reads the object a target names. Fails with `target-missing` or `namespace-missing`, naming what there is. */
export async function getNamed(
  api: Api,
  namespace: string,
  kind: string,
  name: string,
  signal: AbortSignal,
): Promise<Resource> {
  const collection = (collections[kind] ?? '').replace('{}', namespace);
  try {
    return await api.request<Resource>(`${collection}/${encodeURIComponent(name)}`, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await requireNamespace(api, namespace, signal);
    const { items } = await api.request<ResourceList<Resource>>(collection, { signal });
    const known = items.map((item) => item.metadata.name);
    throw new LaunchError(
      'target-missing',
      `Cannot find the ${kind} "${name}" in the namespace "${namespace}"${didYouMean(name, known)} There ${known.length === 1 ? 'is' : 'are'} ${quoted(known.slice(0, 20))}.`,
      { cause: error, attribute: 'target' },
    );
  }
}

/** Fails with `namespace-missing` when a namespace does not exist, as far as one may know. */
export async function requireNamespace(
  api: Api,
  namespace: string,
  signal: AbortSignal,
  attribute = 'namespace',
): Promise<void> {
  try {
    await api.request(`/api/v1/namespaces/${encodeURIComponent(namespace)}`, { signal });
  } catch (error) {
    // Reading a namespace is a right of its own, which a session does not need.
    if (!isNotFound(error)) return;
    const known = await api.request<ResourceList<Resource>>('/api/v1/namespaces', { signal }).then(
      (list) => list.items.map((item) => item.metadata.name),
      () => [],
    );
    throw new LaunchError(
      'namespace-missing',
      `Cannot find the namespace "${namespace}" in the cluster of the context "${api.connection.context}"${didYouMean(namespace, known)}`,
      { cause: error, attribute },
    );
  }
}
