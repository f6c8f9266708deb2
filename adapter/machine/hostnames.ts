import { hostname } from 'node:os';
import type { MappedNames } from './hosts.ts';

/** Whether `name` can stand in the hosts file: a host name (RFC 1123, section 2.1), and never a name of this machine's own. */
export function isMappableName(name: string): boolean {
  if (name.length > 253 || name === 'localhost' || name.endsWith('.localhost')) return false;
  return name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}

/** The names that a service has inside the cluster; the bare one only for pods of its own namespace. */
export function clusterNames(
  service: { name: string; namespace: string },
  options: { clusterDomain: string; homeNamespace: string },
): string[] {
  const qualified = `${service.name}.${service.namespace}`;
  const bare = service.namespace === options.homeNamespace ? [service.name] : [];
  return [...bare, qualified, `${qualified}.svc`, `${qualified}.svc.${options.clusterDomain}`];
}

/** Why `name` must keep its meaning on this machine; `undefined` when it may be mapped. */
export function reasonToLeaveOut(name: string, mapped: MappedNames): string | undefined {
  const machine = hostname().toLowerCase();
  if (name === machine || name === machine.split('.')[0]) return 'it is the name of this machine';
  if (!isMappableName(name)) return 'it always means this machine';
  if (mapped.own.has(name)) return 'the hosts file maps it already';
  return undefined;
}
