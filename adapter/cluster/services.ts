import { EventEmitter, once } from 'node:events';
import type { Api } from './api.ts';
import type { Resource, Service } from './resources.ts';
import type { Selection } from './selection.ts';
import { follow } from './watch.ts';

/** A service as the pods of a namespace see it, or a pod that one gives a name of its own. */
export interface VisibleService {
  /** `pod`: the name is the pod's and the service's. Absent: a service. */
  kind?: 'pod';
  name: string;
  namespace: string;
  /** What to dial inside the cluster: an address, or a name where that leads to changing ones. */
  host: string;
  /** TCP ports. */
  ports: { name?: string; port: number }[];
  /** Ports of other protocols, e.g. `53/UDP`. */
  otherPorts?: string[];
}

export interface EndpointSlice extends Resource {
  addressType?: string;
  endpoints?: { addresses: string[]; hostname?: string; conditions?: { ready?: boolean } }[] | null;
  ports?: { name?: string; port?: number; protocol?: string }[] | null;
}

/** The services of a session as they are at first, and then after each change; changes that come together are one. */
export interface FollowedServices {
  first: Promise<VisibleService[]>;
  changes: AsyncGenerator<VisibleService[], void>;
}

/**
 * Begins to follow the selected services at once. What fails at first makes `first` reject; later the
 * API server may be away, and is asked again. Ends when `signal` aborts.
 */
export function followServices(
  api: Api,
  selections: readonly Selection[],
  signal: AbortSignal,
): FollowedServices {
  const all = generate(api, selections, signal);
  const first = all.next().then(({ value }) => value ?? []);
  return { first, changes: all };
}

/** What is known of one request's services; `undefined` until it has been answered. */
interface Sight {
  services?: readonly Service[];
  slices?: readonly EndpointSlice[];
}

async function* generate(
  api: Api,
  selections: readonly Selection[],
  signal: AbortSignal,
): AsyncGenerator<VisibleService[], void> {
  const changes = new EventEmitter<{ change: [] }>();
  const news: { changed: boolean; failure?: Error } = { changed: false };
  const tell = () => {
    news.changed = true;
    changes.emit('change');
  };
  const sights = selections.flatMap((selection) => {
    const { namespace, names = [undefined] } = selection;
    return names.map((name) => {
      const sight: Sight = {};
      const take = <Kind extends keyof Sight>(kind: Kind) => {
        return (items: NonNullable<Sight[Kind]>) => {
          sight[kind] = items;
          tell();
        };
      };
      const services = `/api/v1/namespaces/${namespace}/services`;
      const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
      const field: Record<string, string> =
        name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
      const label: Record<string, string> =
        name === undefined ? {} : { labelSelector: `${serviceLabel}=${name}` };
      Promise.all([
        follow<Service>(api, services, field, take('services'), signal),
        follow<EndpointSlice>(api, slices, label, take('slices'), signal),
      ]).catch((error: unknown) => {
        news.failure = error instanceof Error ? error : new Error(String(error));
        tell();
      });
      return { sight, selection };
    });
  });
  let last: string | undefined;
  for (;;) {
    if (!news.changed && sights.length > 0)
      await once(changes, 'change', { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    news.changed = false;
    if (news.failure !== undefined) throw news.failure;
    const seen = sights.map(({ sight, selection }) => visibleServices(sight, selection));
    const services = seen.flatMap((each) => each ?? []);
    const text = JSON.stringify(services);
    if (seen.includes(undefined) || text === last) continue;
    last = text;
    yield services;
    if (sights.length === 0) return;
  }
}

const serviceLabel = 'kubernetes.io/service-name';

function visibleServices({ services, slices }: Sight, selection: Selection): VisibleService[] | undefined {
  if (services === undefined || slices === undefined) return undefined;
  return services
    .filter(({ metadata }) => selection.matches(metadata.name))
    .flatMap((service) =>
      visible(
        service,
        selection.namespace,
        slices.filter(({ metadata }) => metadata.labels?.[serviceLabel] === service.metadata.name),
      ),
    );
}

/**
 * What DNS makes of a service (https://github.com/kubernetes/dns/blob/master/docs/specification.md): the name of
 * a headless one leads straight to its pods, so the ports that these have count too, and pods may have names.
 */
export function visible(
  { metadata: { name }, spec }: Pick<Service, 'metadata' | 'spec'>,
  namespace: string,
  slices: readonly EndpointSlice[],
): VisibleService[] {
  const declared = (spec.ports ?? []).filter(({ protocol }) => isTcp(protocol)).map(nameAndPort);
  const otherPorts = (spec.ports ?? [])
    .filter(({ protocol }) => !isTcp(protocol))
    .map(({ port, protocol = '' }) => `${port}/${protocol}`);
  const common = { namespace, ...(otherPorts.length > 0 && { otherPorts }) };
  if (spec.type === 'ExternalName') {
    // It may declare none; then those are meant that nearly everything out there has.
    const ports = declared.length > 0 || otherPorts.length > 0 ? declared : [{ port: 80 }, { port: 443 }];
    return [{ ...common, name, host: spec.externalName ?? '', ports }];
  }
  if (spec.clusterIP !== 'None')
    return [{ ...common, name, host: spec.clusterIP ?? `${name}.${namespace}.svc`, ports: declared }];
  const reached = slices.filter(({ addressType }) => addressType !== 'FQDN');
  const ofPods = reached
    .flatMap((slice) => slice.ports ?? [])
    .flatMap(({ port, protocol, name: portName }) =>
      isTcp(protocol) && port !== undefined ? [nameAndPort({ port, name: portName })] : [],
    );
  const ports = [...new Map([...ofPods, ...declared].map((port) => [port.port, port])).values()];
  ports.sort((a, b) => order(declared, a) - order(declared, b) || a.port - b.port);
  const pods = new Map<string, VisibleService>();
  for (const { hostname, addresses, conditions } of reached.flatMap((slice) => slice.endpoints ?? [])) {
    const [host] = addresses;
    // Not ready yet, and not asked for all the same (publishNotReadyAddresses): DNS leaves it out as well.
    if (!hostname || host === undefined || conditions?.ready === false || pods.has(hostname)) continue;
    pods.set(hostname, { kind: 'pod', name: `${hostname}.${name}`, namespace, host, ports });
  }
  return [{ ...common, name, host: `${name}.${namespace}.svc`, ports }, ...pods.values()];
}

function isTcp(protocol: string | undefined): boolean {
  return (protocol ?? 'TCP') === 'TCP';
}

function nameAndPort({ name, port }: { name?: string | undefined; port: number }) {
  return { ...(name && { name }), port };
}

/** The service's own ports come first, as it has them: the first is the one that variables name. */
function order(declared: readonly { port: number }[], { port }: { port: number }): number {
  const index = declared.findIndex((each) => each.port === port);
  return index < 0 ? declared.length : index;
}

/** The API server as a service, as every pod sees it in its environment: no right is needed to read it there. */
export function apiServer(environment: Readonly<Record<string, string>>): VisibleService[] {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) return [];
  const ports = [{ name: 'https', port: Number(port) }];
  return [{ name: 'kubernetes', namespace: 'default', host, ports }];
}
