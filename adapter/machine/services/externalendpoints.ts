import net from 'node:net';
import { LaunchError } from '../../errors.ts';
import { isMappableName } from './hostnames.ts';
import type { ClusterService } from './services.ts';

/**
 * What `externalEndpoints` names, each host once: `HOST:PORT[,PORT]`. Fails with `configuration-invalid` for a host
 * that cannot have another meaning here, or what is no port.
 */
export function externalEndpoints(texts: readonly string[]): ClusterService[] {
  const endpoints = new Map<string, ClusterService>();
  for (const text of texts) {
    const [host = '', ports = ''] = text.toLowerCase().split(':');
    if (net.isIP(host) !== 0)
      throw invalid(text, `"${host}" is an address, and only a name can lead somewhere else here`);
    if (!isMappableName(host)) throw invalid(text, `"${host}" is no host name, or always this machine's own`);
    const endpoint = endpoints.get(host) ?? { kind: 'endpoint', name: host, namespace: '', host, ports: [] };
    for (const port of ports.split(',').map(Number)) {
      if (!isPort(port)) throw invalid(text, `"${port}" is no port (1 to 65535)`);
      if (!endpoint.ports.some((each) => each.port === port)) endpoint.ports.push({ port });
    }
    endpoints.set(host, endpoint);
  }
  return [...endpoints.values()];
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65536;
}

function invalid(text: string, reason: string): LaunchError {
  return new LaunchError('configuration-invalid', `Cannot use "${text}" in "externalEndpoints": ${reason}.`, {
    attribute: 'externalEndpoints',
  });
}
