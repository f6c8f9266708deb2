import { LaunchError } from '../errors.ts';
import type { Api } from './api.ts';
import { getNamed, parseTarget } from './named.ts';
import { controllerAnnotation, isFinished } from './names.ts';
import { findContainer, findPorts, type PortPair } from './ports.ts';
import {
  controllerOf,
  selects,
  type Container,
  type Deployment,
  type Pod,
  type ReplicaSet,
  type Resource,
  type ResourceList,
  type Service,
} from './resources.ts';
import { choosePod, notReplaceable, refuseOthers, replicaSetOf, selectorOfService } from './suitability.ts';

/** What a session stands in for: the pods of one ReplicaSet, by way of one of their containers. */
export interface Target {
  /** As the user named it, e.g. `service/web`. */
  name: string;
  namespace: string;
  replicaSet: ReplicaSet;
  replicas: number;
  /** A ready pod of it; agents with claims go to its node. */
  pod: Pod;
  container: Container;
  ports: PortPair[];
  /** The services that route to its pods. */
  services: Service[];
  /** The label of the controller's selector that agents go without until they join. */
  spareLabel: string;
  /** Whether services route to pods that lack the spare label; if not, agents are reached only once owned. */
  routedWithoutSpare: boolean;
  /** Sessions of one's own on the same pods, to be taken over. */
  previousSessions: string[];
}

/** What the configuration says about the target. */
export interface TargetChoice {
  target: string;
  container?: string | undefined;
  ports?: readonly string[] | undefined;
}

/**
 * Step 3 of a launch: from the name of a service, deployment, replica set or pod to the controller, container
 * and ports to stand in for. Changes nothing. `owner` is this user on this machine.
 */
export async function findTarget(
  api: Api,
  namespace: string,
  choice: TargetChoice,
  { owner, signal }: { owner: string; signal: AbortSignal },
): Promise<Target> {
  const [kind, name] = parseTarget(choice.target);
  const named = await getNamed(api, namespace, kind, name, signal);
  const [pods, services] = await Promise.all([
    api.request<ResourceList<Pod>>(`/api/v1/namespaces/${namespace}/pods`, { signal }),
    api.request<ResourceList<Service>>(`/api/v1/namespaces/${namespace}/services`, { signal }),
  ]);
  const candidates = pods.items.filter((pod) => !isFinished(pod) && belongs(kind, named, pod));
  const pod = choosePod(candidates, `${kind}/${name}`, namespace);
  const replicaSet = await readReplicaSet(api, namespace, pod, `${kind}/${name}`, signal);
  const previousSessions = refuseOthers(pods.items, replicaSet.metadata.uid, owner, `${kind}/${name}`);

  const template = replicaSet.spec.template;
  const labels = template.metadata?.labels ?? {};
  const routing = services.items.filter(
    ({ spec }) =>
      spec.selector !== undefined && Object.keys(spec.selector).length > 0 && selects(spec.selector, labels),
  );
  const service = kind === 'service' ? (named as Service) : undefined;
  const container = findContainer(template, choice.container, service);
  const { spareLabel, routedWithoutSpare } = findSpareLabel(replicaSet, routing);
  return {
    name: `${kind}/${name}`,
    namespace,
    replicaSet,
    replicas: replicaSet.spec.replicas ?? 1,
    pod,
    container,
    ports: findPorts(template, container, routing, choice.ports),
    services: routing,
    spareLabel,
    routedWithoutSpare,
    previousSessions,
  };
}

function belongs(kind: string, named: Resource, pod: Pod): boolean {
  const labels = pod.metadata.labels ?? {};
  switch (kind) {
    case 'pod':
      return pod.metadata.uid === named.metadata.uid;
    case 'replicaset':
      return (
        controllerOf(pod)?.uid === named.metadata.uid ||
        pod.metadata.annotations?.[controllerAnnotation] === named.metadata.uid
      );
    case 'deployment':
      return selects((named as Deployment).spec.selector.matchLabels ?? {}, labels);
    default:
      return selects(selectorOfService(named as Service), labels);
  }
}

async function readReplicaSet(
  api: Api,
  namespace: string,
  pod: Pod,
  target: string,
  signal: AbortSignal,
): Promise<ReplicaSet> {
  const { name, uid } = replicaSetOf(pod, target);
  const collection = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
  if (name !== undefined) return api.request<ReplicaSet>(`${collection}/${name}`, { signal });
  const { items } = await api.request<ResourceList<ReplicaSet>>(collection, { signal });
  const found = items.find((item) => item.metadata.uid === uid);
  if (found === undefined) throw notReplaceable(pod, target);
  return found;
}

/**
 * A label of the controller's selector that no service selects on: `pod-template-hash` with Deployments. Some
 * controllers put theirs into services (Argo Rollouts), a plain ReplicaSet may have no other: then any serves.
 */
function findSpareLabel(
  replicaSet: ReplicaSet,
  services: readonly Service[],
): Pick<Target, 'spareLabel' | 'routedWithoutSpare'> {
  const used = new Set(services.flatMap(({ spec }) => Object.keys(spec.selector ?? {})));
  const keys = Object.keys(replicaSet.spec.selector.matchLabels ?? {});
  const free = keys.filter((key) => !used.has(key));
  const spareLabel = free.find((key) => key === 'pod-template-hash') ?? free[0] ?? keys[0];
  if (spareLabel === undefined) {
    throw new LaunchError(
      'target-unsupported',
      `Cannot stand in for pods of the ReplicaSet "${replicaSet.metadata.name}" yet: its selector has no matchLabels. Nothing was changed.`,
      { attribute: 'target' },
    );
  }
  return { spareLabel, routedWithoutSpare: free.length > 0 };
}

/** The labels of a template without the spare one: what its originals and agents have in common. */
export function commonLabels(target: Target): Record<string, string> {
  const labels = target.replicaSet.spec.template.metadata?.labels ?? {};
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== target.spareLabel));
}

/** The target in a line, for the user. */
export function describeTarget({ name, namespace, container, replicas, ports }: Target): string {
  const pairs = ports.map(({ local, remote }) => (local === remote ? `${local}` : `${remote} → ${local}`));
  const pods = `${replicas} ${replicas === 1 ? 'pod' : 'pods'}`;
  return `${name} in ${namespace}: container ${container.name}, ${pods}, ${pairs.length === 0 ? 'no ports' : `ports ${pairs.join(', ')}`}`;
}
