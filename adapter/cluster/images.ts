import { ApiError, type Api } from './api.ts';
import type { Resource, ResourceList } from './resources.ts';

interface Node extends Resource {
  spec: { unschedulable?: boolean };
  status?: { images?: { names?: string[] }[] };
}

/**
 * How many of the nodes that take pods say that they have an image; `undefined` where the account may not see nodes. A
 * node tells of 50 images at most (the kubelet's `nodeStatusMaxImages`): one that is not among them may be there.
 */
export async function nodesWithImage(
  api: Api,
  image: string,
  signal: AbortSignal,
): Promise<{ having: number; all: number } | undefined> {
  try {
    const { items } = await api.request<ResourceList<Node>>('/api/v1/nodes', { signal });
    const nodes = items.filter(({ spec }) => spec.unschedulable !== true);
    const wanted = wholeName(image);
    const having = nodes.filter(({ status }) =>
      status?.images?.some(({ names = [] }) => names.some((name) => wholeName(name) === wanted)),
    );
    return { having: having.length, all: nodes.length };
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}

/** An image's name with all that may be left out of it, as containerd tells it: github.com/distribution/reference. */
export function wholeName(image: string): string {
  const [, repository = '', reference] = /^(.*?)((?::[^:/@]+)?(?:@.*)?)$/.exec(image) ?? [];
  const first = repository.split('/')[0] ?? '';
  const isRegistry = repository.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const path = isRegistry
    ? repository
    : `docker.io/${repository.includes('/') ? repository : `library/${repository}`}`;
  return `${path}${reference === undefined || reference === '' ? ':latest' : reference}`;
}
