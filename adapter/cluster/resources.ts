import type { V1Container, V1PodSpec, V1PodStatus, V1ServiceSpec } from '@kubernetes/client-node';

/** client-node describes its own classes, with `Date` for time stamps: this is the same as it travels, in JSON. */
type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; apiVersion: string; controller?: boolean }[];
}

export interface Resource {
  metadata: Metadata;
}

export interface ResourceList<T> {
  metadata: { resourceVersion: string };
  items: T[];
}

export type Container = Json<V1Container>;
export type PodSpec = Json<V1PodSpec>;

export interface Pod extends Resource {
  spec: PodSpec;
  status?: Json<V1PodStatus>;
}

export interface Service extends Resource {
  spec: Json<V1ServiceSpec>;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface ReplicaSet extends Resource {
  spec: { replicas?: number; selector: { matchLabels?: Record<string, string> }; template: PodTemplate };
}

export interface Deployment extends Resource {
  spec: { selector: { matchLabels?: Record<string, string> }; template: PodTemplate };
}

/** Whether a pod answers its readiness probe and nobody is removing it: what a Service routes to. */
export function isReady(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ===
      true
  );
}

/** The controller that owns an object, if one does. */
export function controllerOf(
  resource: Resource,
): NonNullable<Metadata['ownerReferences']>[number] | undefined {
  return resource.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** A label selector as the API's query parameter. */
export function selectorOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** Whether all of the selector's labels are among these. */
export function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
