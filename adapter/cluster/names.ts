import { hostname, userInfo } from 'node:os';
import type { Pod } from './resources.ts';

/** The label every agent carries; its value is the session's id. */
export const sessionLabel = 'localprocess-k8s/session';
/** Who runs the session, `user@machine`. */
export const ownerAnnotation = 'localprocess-k8s/owner';
/** When the session began, ISO 8601. */
export const sinceAnnotation = 'localprocess-k8s/since';
/** What the session stands in for, as its user named it, e.g. `service/web`. */
export const targetAnnotation = 'localprocess-k8s/target';
/** The UID of the controller whose pod the agent stands in for, known also while that does not own it. */
export const controllerAnnotation = 'localprocess-k8s/controller';
/** ReplicaSets end the pods with the lowest cost first; see the Kubernetes documentation of ReplicaSet. */
export const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
/** The value an agent's spare label takes on to make its controller let go of it. */
export const leavingValue = 'localprocess-k8s-leaving';

/** This user on this machine, as agents name their owner. */
export function owner(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** The session a pod is an agent of, or `undefined` for an ordinary pod. */
export function sessionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[sessionLabel];
}

/** Whether a pod is what agents stand in for, and no agent itself. */
export function isOriginal(pod: Pod): boolean {
  return sessionOf(pod) === undefined;
}

/** Whether an agent has been told to give its traffic back. */
export function isLeaving(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp !== undefined ||
    Object.values(pod.metadata.labels ?? {}).includes(leavingValue)
  );
}

/** Whether a pod has come to its end: it neither runs nor will. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
}
