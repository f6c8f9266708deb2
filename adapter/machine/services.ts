import type { AddressInfo } from 'node:net';
import type { Log } from '../log.ts';
import type { Progress } from '../progress.ts';
import type { UndoStack } from '../undo.ts';
import type { Administrator } from './administrator.ts';
import type { HostsEntry } from './hostsblock.ts';
import { Listeners, type Outward } from './listeners.ts';
import { exposeByName } from './named.ts';

/** A service of the cluster; TCP ports only. */
export interface ClusterService {
  name: string;
  namespace: string;
  /** What the agent dials. */
  host: string;
  ports: { name?: string; port: number }[];
}

/** A service that can be reached from this machine, at `address` and the `local` port of each of its ports. */
export interface ExposedService {
  name: string;
  namespace: string;
  address: string;
  /** The names the hosts file maps to `address`; none in environment mode. */
  hostnames: string[];
  ports: { name?: string; port: number; local: number }[];
}

/** What the cluster's services have become on this machine. */
export interface Exposure {
  services: ExposedService[];
  /** What was written to the hosts file. */
  entries: HostsEntry[];
}

export interface ExposeOptions extends Outward {
  /** `hosts`: names in the hosts file, an address and the real ports each; `environment`: free ports of 127.0.0.1. */
  mode: 'hosts' | 'environment';
  clusterDomain: string;
  homeNamespace: string;
  /** The ports that the local process is going to listen on: listeners must not be in its way. */
  localPorts?: readonly number[];
  /** Asked for only when needed. */
  administrator: () => Promise<Administrator>;
  undo: UndoStack;
  log: Log;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Makes services of the cluster reachable from this machine, all at once, and in `hosts` mode writes their
 * names to the hosts file. Pushes its undo: names removed, listeners closed, open connections reset.
 * @throws LaunchError `listen-failed`, `hosts-unwritable`, or what `administrator` throws.
 */
export async function exposeServices(
  services: readonly ClusterService[],
  options: ExposeOptions,
): Promise<Exposure> {
  const listeners = new Listeners(options);
  options.undo.push('Close the listeners of the services', () => listeners.close());
  if (options.mode === 'hosts') return exposeByName(services, listeners, options);
  return { services: await exposeOnFreePorts(services, listeners), entries: [] };
}

/** A free port of 127.0.0.1 for every port of every service: what needs no administrator rights. */
function exposeOnFreePorts(
  services: readonly ClusterService[],
  listeners: Listeners,
): Promise<ExposedService[]> {
  const address = '127.0.0.1';
  return Promise.all(
    services.map(async (service) => {
      const ports = service.ports.map(async (port) => {
        const server = await listeners.listen({
          address,
          port: 0,
          connections: listeners.connectionsTo(service.host, port.port),
        });
        return { ...port, local: (server.address() as AddressInfo).port };
      });
      const { name, namespace } = service;
      return { name, namespace, address, hostnames: [], ports: await Promise.all(ports) };
    }),
  );
}
