import type { Api } from './api.ts';
import type { ResourceList, Service } from './resources.ts';

/** A service as the pods of a namespace see it, TCP ports only. */
export interface VisibleService {
  name: string;
  namespace: string;
  /** What to dial inside the cluster: the service's address, or its name where it has none. */
  host: string;
  ports: { name?: string; port: number }[];
}

/** The services of a namespace, and the API server's own, which every pod sees. */
export async function visibleServices(
  api: Api,
  namespace: string,
  domain: string,
  signal: AbortSignal,
): Promise<VisibleService[]> {
  const [own, kubernetes] = await Promise.all([
    api.request<ResourceList<Service>>(`/api/v1/namespaces/${namespace}/services`, { signal }),
    namespace === 'default'
      ? []
      : // Outside the namespace one may have no rights; the address is the same in every pod all the same.
        api.request<Service>('/api/v1/namespaces/default/services/kubernetes', { signal }).then(
          (service) => [service],
          () => [],
        ),
  ]);
  return [...own.items, ...kubernetes].flatMap((service) => {
    const { metadata, spec } = service;
    const home = metadata.namespace ?? namespace;
    const ports = (spec.ports ?? [])
      .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
      .map(({ name, port }) => ({ port, ...(name === undefined ? {} : { name }) }));
    if (ports.length === 0) return [];
    const address =
      spec.clusterIP === undefined || spec.clusterIP === 'None' || spec.clusterIP === ''
        ? undefined
        : spec.clusterIP;
    const host = address ?? spec.externalName ?? `${metadata.name}.${home}.svc.${domain}`;
    return { name: metadata.name, namespace: home, host, ports };
  });
}
