import { parse } from 'jsonc-parser';
import { convert } from '../../../extension/bridge/convert.ts';
import type { Clusters } from '../../../extension/bridge/target.ts';

/** A kubeconfig with one context, and a cluster that tells ports. */
export const clusters: Clusters = {
  contextOf: (cluster) => Promise.resolve(cluster === 'shop-aks' ? 'shop-admin' : undefined),
  containerPorts: ({ target }) => Promise.resolve(target === 'service/stats-api' ? [3001, 9090] : undefined),
};

export const launchOf = (...configurations: object[]) => JSON.stringify({ configurations }, undefined, 2);
export const tasksOf = (...tasks: object[]) => JSON.stringify({ version: '2.0.0', tasks }, undefined, 2);
export const bridge = {
  label: 'bridge-to-kubernetes.resource',
  type: 'bridge-to-kubernetes.resource',
  resource: 'web',
  resourceType: 'service',
  ports: [5001],
};
export const program = { name: 'web', type: 'coreclr', request: 'launch', program: 'web.dll' };

interface Converted {
  configurations: Record<string, unknown>[];
  tasks: Record<string, unknown>[];
  converted: string[];
  notes: string[];
}

export async function converted(
  configurations: object[],
  tasks: object[],
  by = clusters,
): Promise<Converted> {
  const { files, ...rest } = await convert(
    { launch: launchOf(...configurations), tasks: tasksOf(...tasks) },
    by,
  );
  return { ...(parse(files.launch) as Converted), ...(parse(files.tasks) as Converted), ...rest };
}
