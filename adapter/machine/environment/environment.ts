import { matches } from '../../globs.ts';
import { staysInPod } from './localnames.ts';
import { linkNames } from './podvariables.ts';
import { isLink, serviceLinks } from '../services/servicelinks.ts';
import type { ExposedService } from '../services/services.ts';

/** Which of the pod's variables the local process gets. */
export interface EnvironmentChoice {
  include?: readonly string[];
  exclude?: readonly string[];
  unset?: readonly string[];
  builtInExclusions: boolean;
}

/** What the local process's environment is made of; what comes later wins. */
export interface EnvironmentSources {
  /** The pod's variables, exact. */
  cluster: Readonly<Record<string, string>>;
  /** The names that the pod's spec sets itself. */
  named: ReadonlySet<string>;
  services: readonly ExposedService[];
  /** Where the pod lives: its services' links win over those of other namespaces. */
  homeNamespace?: string;
  /** Links also of services of which the pod has none: nothing else leads to them. */
  everyLink?: boolean;
  choice: EnvironmentChoice;
  /** Where the copies of volumes are. */
  volumes?: Readonly<Record<string, string>>;
  /** From KubernetesLocalProcessConfig.yaml. */
  file?: Readonly<Record<string, string>>;
  /** The user's own; `null` unsets. */
  user: Readonly<Record<string, string | null>>;
  /** Whether names of variables have no case here, as on Windows. */
  anyCase?: boolean;
}

/**
 * The variables that the local process gets over its own environment (`null`: it does not have it at all): the
 * pod's as far as they are chosen, its service links leading to our listeners, and over them the file's and the
 * user's.
 */
export function localEnvironment(sources: EnvironmentSources): Record<string, string | null> {
  const { choice, volumes, file, user, anyCase = process.platform === 'win32' } = sources;
  const { include = ['*'], exclude = [], unset = [], builtInExclusions } = choice;
  const chosen = Object.entries(withOurLinks(sources)).filter(
    ([name]) =>
      matches(name, include, anyCase) &&
      !matches(name, exclude, anyCase) &&
      !(builtInExclusions && staysInPod(name)),
  );
  return {
    ...Object.fromEntries(chosen),
    ...volumes,
    ...file,
    ...user,
    ...Object.fromEntries(unset.map((name) => [name, null])),
  };
}

/** The pod's variables with its service links leading here; those that lead nowhere from here are left out. */
function withOurLinks(sources: EnvironmentSources): Record<string, string> {
  const { cluster, named, everyLink = false } = sources;
  const elsewhere = new Set(linkNames(cluster).filter((name) => !named.has(name)));
  const variables = Object.fromEntries(Object.entries(cluster).filter(([name]) => !elsewhere.has(name)));
  for (const [name, value] of Object.entries(linksOf(sources))) {
    const own = cluster[name];
    if (own === undefined ? everyLink : !named.has(name) && isLink(name, own)) variables[name] = value;
  }
  return variables;
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
