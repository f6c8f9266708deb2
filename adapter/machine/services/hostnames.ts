import { hostname } from 'node:os';
import type { MappedNames } from '../hosts/hosts.ts';

/** Whether `name` can stand in the hosts file: a host name (RFC 1123, section 2.1), and never a name of this machine's own. */
export function isMappableName(name: string): boolean {
  if (name.length > 253 || name === 'localhost' || name.endsWith('.localhost')) return false;
  return name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}

/** Where services live, as far as their names tell. */
export interface Home {
  /** The namespace of the pod that the local process stands in for. */
  homeNamespace: string;
  /** The cluster's DNS domains; most have the one, `cluster.local`. */
  clusterDomains: readonly string[];
}

/**
 * The cluster's own domains, from those in which the pod looks short names up: the kubelet puts
 * `NAMESPACE.svc.DOMAIN` there.
 */
export function clusterDomains(searches: readonly string[], namespace: string): string[] {
  const prefix = `${namespace}.svc.`;
  const found = searches
    .filter((search) => search.startsWith(prefix))
    .map((search) => search.slice(prefix.length).replace(/\.$/, '').toLowerCase());
  return found.length > 0 ? [...new Set(found)] : ['cluster.local'];
}

/**
 * The names that a service has inside the cluster; the bare one only for pods of its own namespace. What is no
 * service, and lies outside (`kind` is `endpoint`), has one.
 */
export function clusterNames(
  { name, namespace, kind }: { name: string; namespace: string; kind?: string },
  { homeNamespace, clusterDomains: domains }: Home,
): string[] {
  if (kind === 'endpoint') return [name];
  const qualified = `${name}.${namespace}`;
  const bare = namespace === homeNamespace ? [name] : [];
  const inService = `${qualified}.svc`;
  return [...bare, qualified, inService, ...domains.map((domain) => `${inService}.${domain}`)];
}

/** Those of a service's names that may mean something outside the cluster: a namespace may be called `dev`. */
export function doubtfulNames(
  service: { name: string; namespace: string; kind?: string },
  homeNamespace: string,
): string[] {
  // Asked for by its name, it is to be what the cluster has.
  if (service.kind === 'endpoint') return [];
  return clusterNames(service, { homeNamespace, clusterDomains: [] }).filter(
    (name) => name.includes('.') && !name.endsWith('.svc'),
  );
}

/** Why `name` must keep its meaning on this machine; `undefined` when it may be mapped. */
export function reasonToLeaveOut(
  name: string,
  mapped: MappedNames,
  resolving: ReadonlySet<string> = new Set(),
): string | undefined {
  const machine = hostname().toLowerCase();
  if (name === machine || name === machine.split('.')[0]) return 'it is the name of this machine';
  if (!isMappableName(name)) return 'it always means this machine';
  if (mapped.own.has(name)) return 'the hosts file maps it already';
  if (resolving.has(name)) return 'it means something outside the cluster';
  return undefined;
}
