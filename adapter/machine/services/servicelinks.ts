import type { ExposedService } from './services.ts';

/**
 * The variables by which the kubelet tells a container where a service is, here with the address and ports
 * of our listeners. Names and order as in Kubernetes' pkg/kubelet/envvars/envvars.go; only TCP.
 */
export function serviceLinks(service: ExposedService): Record<string, string> {
  const { address, ports } = service;
  const prefix = variableName(service.name);
  const [first] = ports;
  if (!first) return {};
  const url = (local: number) => `tcp://${address}:${local}`;
  const links: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: address,
    [`${prefix}_SERVICE_PORT`]: String(first.local),
  };
  for (const { name, local } of ports) {
    if (name) links[`${prefix}_SERVICE_PORT_${variableName(name)}`] = String(local);
  }
  links[`${prefix}_PORT`] = url(first.local);
  for (const { port, local } of ports) {
    // The port in a name is the service's own: programs look for that one.
    const link = `${prefix}_PORT_${port}_TCP`;
    links[link] = url(local);
    links[`${link}_PROTO`] = 'tcp';
    links[`${link}_PORT`] = String(local);
    links[`${link}_ADDR`] = address;
  }
  return links;
}

/**
 * Whether `value` of the variable `name` looks like what the kubelet writes there. A pod may set
 * `REDIS_PORT=6379` itself, from a ConfigMap for instance: that is no link.
 */
export function isLink(name: string, value: string): boolean {
  if (/_(SERVICE_HOST|(TCP|UDP|SCTP)_ADDR)$/.test(name))
    return /^[\d.]+$|^[\da-fA-F:]+:[\da-fA-F:.]*$/.test(value);
  if (/_SERVICE_PORT(_|$)|_(TCP|UDP|SCTP)_PORT$/.test(name)) return /^\d+$/.test(value);
  return name.endsWith('_PROTO') ? /^(tcp|udp|sctp)$/.test(value) : /^(tcp|udp|sctp):\/\//.test(value);
}

function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
