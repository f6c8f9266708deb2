import { staysInPod } from './localnames.ts';
import { isLink, serviceLinks } from './servicelinks.ts';
import type { ExposedService } from './services.ts';

/** What the local process's environment is made of. */
export interface EnvironmentSources {
  /** The pod's variables, exact. */
  cluster: Readonly<Record<string, string>>;
  /** The names that the pod's spec sets itself. */
  named: ReadonlySet<string>;
  services: readonly ExposedService[];
  /** Where the copies of volumes are. */
  volumes?: Readonly<Record<string, string>>;
  /** The user's own; `null` unsets. */
  user: Readonly<Record<string, string | null>>;
  /** Where the pod lives: its services' links win over those of other namespaces. */
  homeNamespace?: string;
}

/**
 * The variables that the local process gets over its own environment: the pod's, without those that belong
 * to the place (`staysInPod`), its service links leading to our listeners, and over all that the user's.
 */
export function localEnvironment(sources: EnvironmentSources): Record<string, string | null> {
  const { cluster, named, volumes, user } = sources;
  const kept = Object.entries(cluster).filter(([name]) => !staysInPod(name, named));
  const environment: Record<string, string | null> = Object.fromEntries(kept);
  for (const [name, value] of Object.entries(linksOf(sources))) {
    const own = cluster[name];
    if (own === undefined || (!named.has(name) && isLink(name, own))) environment[name] = value;
  }
  return { ...environment, ...volumes, ...user };
}

function linksOf({ services, homeNamespace }: EnvironmentSources): Record<string, string> {
  // Links carry no namespace: of two services with one name the pod's own counts, then the first.
  const away = (service: ExposedService) => Number(service.namespace !== homeNamespace);
  const lastWins = [...services].reverse().sort((a, b) => away(b) - away(a));
  const links = Object.assign({}, ...lastWins.map(serviceLinks)) as Record<string, string>;
  const api = services.find(({ name, namespace }) => name === 'kubernetes' && namespace === 'default');
  // By this name the API server's certificate can be checked; by an address of ours it cannot.
  const name = api?.hostnames.find((hostname) => hostname === 'kubernetes.default.svc');
  if (name && 'KUBERNETES_SERVICE_HOST' in links) links.KUBERNETES_SERVICE_HOST = name;
  return links;
}
