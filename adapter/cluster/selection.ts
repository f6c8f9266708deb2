import { LaunchError } from '../errors.ts';
import { quoted } from '../nearest.ts';
import { ApiError, type Api } from './api.ts';
import { requireNamespace } from './named.ts';
import type { Resource, ResourceList } from './resources.ts';

/** Services of one namespace that a session wants to reach. */
export interface Selection {
  namespace: string;
  /** The names of those; absent: all that `matches`, also those that come later. */
  names?: string[];
  matches(name: string): boolean;
}

/**
 * What the attribute `services` selects, by namespace: `NAME` is one of the `home` namespace, `NAMESPACE/NAME`
 * one of another; `*` and `?` stand for any characters and any one. Names need not exist (yet), namespaces have
 * to. Fails with `namespace-missing`, or with `permission-missing` where a pattern for namespaces cannot be
 * looked up.
 */
export async function selectServices(
  api: Api,
  home: string,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<Selection[]> {
  const wanted = new Map<string, Set<string>>();
  for (const pattern of patterns) {
    const [name = '', namespace = home] = pattern.split('/').reverse();
    for (const each of await namespacesOf(api, pattern, namespace, signal))
      wanted.set(each, (wanted.get(each) ?? new Set()).add(name));
  }
  const others = [...wanted.keys()].filter((namespace) => namespace !== home);
  await Promise.all(others.map((namespace) => requireNamespace(api, namespace, signal, 'services')));
  return [...wanted].map(([namespace, names]) => selection(namespace, [...names]));
}

function selection(namespace: string, names: string[]): Selection {
  const expressions = names.map(expression);
  const matches = (name: string) => expressions.some((each) => each.test(name));
  return names.some(isPattern) ? { namespace, matches } : { namespace, matches, names };
}

async function namespacesOf(
  api: Api,
  pattern: string,
  namespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  if (!isPattern(namespace)) return [namespace];
  const known = await api.request<ResourceList<Resource>>('/api/v1/namespaces', { signal }).then(
    ({ items }) => items.map(({ metadata }) => metadata.name),
    (error: unknown) => {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      throw new LaunchError(
        'permission-missing',
        `Cannot find the namespaces that "${pattern}" means: your account may not list namespaces. Name each by itself in "services".`,
        { attribute: 'services', cause: error },
      );
    },
  );
  const found = known.filter((name) => expression(namespace).test(name));
  if (found.length > 0) return found;
  throw new LaunchError(
    'namespace-missing',
    `Cannot find a namespace for "${pattern}": none is called "${namespace}". There are ${quoted(known.slice(0, 20))}.`,
    { attribute: 'services' },
  );
}

function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** The schema lets nothing in that means something else in a regular expression. */
function expression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** The services asked for by name that are not there. */
export function missingServices(
  selections: readonly Selection[],
  services: readonly { name: string; namespace: string }[],
): string[] {
  return selections.flatMap(({ namespace, names = [] }) =>
    names
      .filter((name) => !services.some((each) => each.name === name && each.namespace === namespace))
      .map((name) => `${namespace}/${name}`),
  );
}
