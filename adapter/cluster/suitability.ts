import { LaunchError } from '../errors.ts';
import {
  controllerAnnotation,
  isFinished,
  isLeaving,
  ownerAnnotation,
  sessionOf,
  sinceAnnotation,
} from './names.ts';
import { controllerOf, isReady, type Pod, type Service } from './resources.ts';

// Whether a session can stand in for a target, by what the cluster says of it: a launch asks, and so does whoever offers
// targets to choose from.

/** The labels by which a service finds its pods. Fails with `target-unsupported` for one that selects none. */
export function selectorOfService({ metadata, spec }: Service): Record<string, string> {
  const { selector, type } = spec;
  if (type !== 'ExternalName' && selector !== undefined && Object.keys(selector).length > 0) return selector;
  throw new LaunchError(
    'target-unsupported',
    `Cannot stand in for the service "${metadata.name}": it ${type === 'ExternalName' ? 'names a host outside the cluster' : 'selects no pods'}. Choose a service with a selector, or a deployment.`,
    { attribute: 'target' },
  );
}

/**
 * The pod to stand in for, of those behind a target: a ready original if there is one; else an agent, or an original that
 * is about to take an agent's place. Fails with `target-not-ready`.
 */
export function choosePod(pods: readonly Pod[], target: string, namespace: string): Pod {
  const owned = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const original = owned.find((pod) => isReady(pod) && sessionOf(pod) === undefined);
  if (original !== undefined) return original;
  const agents = pods.filter((pod) => sessionOf(pod) !== undefined);
  const successor = owned.find((pod) => sessionOf(pod) === undefined);
  const agent = agents.find((pod) => isReady(pod));
  const found = agents.length > 0 ? (successor ?? agent ?? agents[0]) : undefined;
  if (found !== undefined) return found;
  throw new LaunchError(
    'target-not-ready',
    pods.length === 0
      ? `Cannot stand in for "${target}" in the namespace "${namespace}": it has no pod. Scale its workload up, then try again.`
      : `Cannot stand in for "${target}" in the namespace "${namespace}": none of its ${pods.length} pods is ready (${reasonOf(pods[0])}). Wait until one is, or choose another target.`,
    { attribute: 'target' },
  );
}

function reasonOf(pod: Pod | undefined): string {
  const waiting = pod?.status?.containerStatuses?.find((status) => status.state?.waiting !== undefined)?.state
    ?.waiting;
  const condition = pod?.status?.conditions?.find(
    ({ status, message }) => status === 'False' && message !== undefined,
  );
  return `${pod?.metadata.name ?? 'it'}: ${waiting?.reason ?? condition?.message ?? pod?.status?.phase ?? 'unknown'}`;
}

/**
 * The ReplicaSet that owns a pod, or that an agent which nothing owns yet is going to belong to: then only its UID is
 * known. Fails with `target-unsupported` for any other pod.
 */
export function replicaSetOf(pod: Pod, target: string): { uid: string; name?: string } {
  const controller = controllerOf(pod);
  if (controller?.kind === 'ReplicaSet') return { uid: controller.uid, name: controller.name };
  const uid = pod.metadata.annotations?.[controllerAnnotation];
  if (controller === undefined && uid !== undefined) return { uid };
  throw notReplaceable(pod, target);
}

/** What is said of a pod that no ReplicaSet owns. */
export function notReplaceable(pod: Pod, target: string): LaunchError {
  const controller = controllerOf(pod);
  return new LaunchError(
    'target-unsupported',
    `Cannot stand in for "${target}" yet: its pod "${pod.metadata.name}" ${controller === undefined ? 'has no controller' : `belongs to the ${controller.kind} "${controller.name}"`}, and only pods that a ReplicaSet owns (those of Deployments) can be replaced so far. Nothing was changed.`,
    { attribute: 'target' },
  );
}

/**
 * The sessions of one's own (`me`) that have agents of the ReplicaSet with the UID `replicaSet`, to be taken over. Fails
 * with `target-taken` where somebody else's are.
 */
export function refuseOthers(pods: readonly Pod[], replicaSet: string, me: string, target: string): string[] {
  const agents = pods.filter(
    (pod) =>
      sessionOf(pod) !== undefined &&
      !isFinished(pod) &&
      (controllerOf(pod)?.uid === replicaSet ||
        pod.metadata.annotations?.[controllerAnnotation] === replicaSet),
  );
  const other = agents.find((pod) => pod.metadata.annotations?.[ownerAnnotation] !== me && !isLeaving(pod));
  if (other !== undefined) {
    const { [ownerAnnotation]: who = 'somebody', [sinceAnnotation]: since = 'some time ago' } =
      other.metadata.annotations ?? {};
    throw new LaunchError(
      'target-taken',
      `Cannot stand in for "${target}": ${who} has it since ${since}. Nothing was changed. Ask them to stop, or choose another target.`,
      { attribute: 'target' },
    );
  }
  const own = agents.filter((pod) => pod.metadata.annotations?.[ownerAnnotation] === me);
  return [...new Set(own.flatMap((pod) => sessionOf(pod) ?? []))];
}
