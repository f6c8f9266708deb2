import type { Task } from './tasks.ts';

/** What is known of the clusters. */
export interface Clusters {
  /** The context of a cluster's name in the kubeconfig; `undefined`: none is known. */
  contextOf(cluster: string): Promise<string | undefined>;
  /** The container ports behind a target, in their order; `undefined`: the cluster does not say. */
  containerPorts(target: Target): Promise<readonly number[] | undefined>;
}

/** Attributes of ours that come from a task of Bridge to Kubernetes. */
export interface Target {
  target: string;
  context?: string;
  namespace?: string;
  container?: string;
  ports?: string[];
  useKubernetesServiceEnvironmentVariables?: true;
}

/**
 * What a task says, in our words, and notes about what has none. Source: vscode-bridge-to-kubernetes,
 * tasks/ConnectServiceTaskTerminal.ts; Bridge-To-Kubernetes, ConnectManagementClient.cs, of the ports.
 * Throws an `Error` for a task that names nothing to replace.
 */
export async function targetOf(
  { label, type, properties }: Task,
  clusters: Clusters,
): Promise<{ target: Target; notes: string[] }> {
  const notes: string[] = [];
  const text = (name: string) => {
    const value = properties[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const name = text('resource') ?? text('service');
  const kind = text('resourceType') ?? 'service';
  const called = `the task "${label ?? type ?? ''}"`;
  if (name === undefined) throw new Error(`${called} names no "resource".`);
  if (kind !== 'service' && kind !== 'pod')
    throw new Error(`${called} is about a "${kind}", not about a service or a pod.`);

  const target: Target = { target: `${kind}/${name}` };
  const cluster = text('targetCluster');
  if (cluster !== undefined) {
    const context = await clusters.contextOf(cluster);
    if (context !== undefined) target.context = context;
    else
      notes.push(
        `The kubeconfig has no context for the cluster "${cluster}": the current one is used. Name another with "context".`,
      );
  }
  const namespace = text('targetNamespace');
  if (namespace !== undefined) target.namespace = namespace;
  const container = text('targetContainer');
  if (container !== undefined) target.container = container;
  // Its documentation has a spelling of its own.
  const [, byVariables] =
    Object.entries(properties).find(([one]) => /^useKubernetesServiceEnvironmentVariables$/i.test(one)) ?? [];
  if (byVariables === true) target.useKubernetesServiceEnvironmentVariables = true;
  const local = localPorts(properties.ports, notes);
  if (local.length > 0) target.ports = await pairs(local, target, clusters, notes);

  const isolated = text('isolateAs');
  if (isolated !== undefined) {
    notes.push(
      `"isolateAs": "${isolated}" has no counterpart: all requests to ${target.target} will come to this machine, not only those with the header "kubernetes-route-as: ${isolated}". Do not use it where others work, too.`,
    );
  }
  if (JSON.stringify(target).includes('${input:'))
    notes.push('Variables "${input:…}" are declared in tasks.json: declare them in launch.json, too.');
  return { target, notes };
}

/** Its ports are those of the local process; 0 says that there are none. */
function localPorts(ports: unknown, notes: string[]): (number | string)[] {
  return [ports ?? []].flat().flatMap((port: unknown) => {
    const number = Number(port);
    if (number === 0) return [];
    if (Number.isInteger(number) && number > 0 && number < 65536) return [number];
    notes.push(`The port ${JSON.stringify(port)} is none: it is left out. Add it to "ports".`);
    return [];
  });
}

/** It pairs local ports with the container's in the order of both. */
async function pairs(
  local: readonly (number | string)[],
  target: Target,
  clusters: Clusters,
  notes: string[],
): Promise<string[]> {
  const remote = await clusters.containerPorts(target);
  if (remote === undefined) {
    notes.push(
      `The container’s ports are not known: ${local.join(', ')} ${local.length === 1 ? 'is' : 'are'} taken for the local and for the container’s. Where the container has another, write "LOCAL:REMOTE" in "ports".`,
    );
  }
  return local.map((port, index) => {
    const own = remote?.[index] ?? port;
    return own === port ? String(port) : `${port}:${own}`;
  });
}
