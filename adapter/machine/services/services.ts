import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Progress } from '../../progress.ts';
import type { Traffic } from '../../tunnel/counted.ts';
import type { UndoStack } from '../../undo.ts';
import type { Administrator } from '../administrator.ts';
import { ExposedServices } from './exposed.ts';
import { freePorts } from './freeports.ts';
import type { HostsEntry } from '../hosts/hostsblock.ts';
import { Listeners, type Outward } from './listeners.ts';
import { exposeByName, exposePrivately } from './named.ts';
import type { NamingOptions } from './naming.ts';

/** A service of the cluster, or what is reached in the same way; TCP ports only. */
export interface ClusterService {
  /** `pod`: one behind a service, with a name of its own. `endpoint`: a host that the cluster reaches. Absent: a service. */
  kind?: 'pod' | 'endpoint';
  name: string;
  namespace: string;
  /** What the agent dials. */
  host: string;
  ports: { name?: string; port: number }[];
  /** Ports of other protocols, e.g. `53/UDP`: not reached. */
  otherPorts?: string[];
}

/** A service that can be reached from this machine, at `address` and the `local` port of each of its ports. */
export interface ExposedService {
  kind?: 'pod' | 'endpoint';
  name: string;
  namespace: string;
  address: string;
  /** The names the hosts file maps to `address`; none in environment mode. */
  hostnames: string[];
  ports: { name?: string; port: number; local: number }[];
}

/** Such a service, and what has gone to it from here and come back. */
export interface ReachedService extends ExposedService {
  traffic: Traffic;
}

/** What the cluster's services have become on this machine, at the time of reading. */
export interface Exposure {
  readonly services: ReachedService[];
  /** What was written to the hosts file. */
  readonly entries: HostsEntry[];
}

export interface ExposeOptions extends Outward, NamingOptions {
  /**
   * `hosts`: names in the hosts file, an address and the real ports each; `private`: the same in a hosts file at
   * `hostsFile`, without administrator rights; `environment`: free ports of 127.0.0.1.
   */
  mode: 'hosts' | 'private' | 'environment';
  hostsFile?: string;
  /** The services as they change. */
  changes?: AsyncIterable<readonly ClusterService[]>;
  /** What is reached beside those. */
  also?: readonly ClusterService[];
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
 * Makes services of the cluster reachable from this machine, all at once, and with names writes these to a hosts
 * file; then follows `changes`. Pushes its undo: names removed, listeners closed, open connections reset.
 * @throws LaunchError `listen-failed`, `hosts-unwritable`, or what `administrator` throws.
 */
export async function exposeServices(
  services: readonly ClusterService[],
  options: ExposeOptions,
): Promise<Exposure> {
  const listeners = new Listeners(options);
  options.undo.push('Close the listeners of the services', () => listeners.close());
  const first = together(services, options);
  const exposed = await expose(first, listeners, options);
  sayOthers(first, options.progress);
  void followChanges(exposed, options);
  return exposed;
}

async function expose(
  services: readonly ClusterService[],
  listeners: Listeners,
  options: ExposeOptions,
): Promise<ExposedServices> {
  const { mode, hostsFile } = options;
  if (mode === 'hosts') return exposeByName(services, listeners, options);
  if (mode === 'private' && hostsFile !== undefined)
    return exposePrivately(services, listeners, { ...options, hostsFile });
  const exposed = new ExposedServices({
    listeners,
    placing: freePorts(listeners),
    name: (all) => Promise.resolve(all.map(() => [])),
    writeNames: () => Promise.resolve(),
    signal: options.signal,
  });
  await exposed.update(services);
  return exposed;
}

/** The session goes on when a change cannot be followed: the next one may be. */
async function followChanges(exposed: ExposedServices, options: ExposeOptions): Promise<void> {
  const { changes, signal, log, progress } = options;
  if (changes === undefined) return;
  try {
    for await (const services of changes) {
      await exposed.update(together(services, options)).catch((error: unknown) => {
        signal.throwIfAborted();
        progress.warn(`Services of the cluster have changed, but not here: ${messageOf(error)}`);
      });
      log.write('services', `${exposed.services.length} are reached now.`);
    }
  } catch (error) {
    if (!signal.aborted) log.write('services', `Changes are not followed any more: ${messageOf(error)}`);
  }
}

/** Each once. Without names nobody finds a pod. */
function together(services: readonly ClusterService[], { also = [], mode }: ExposeOptions): ClusterService[] {
  const all = [...also, ...services].filter(({ kind }) => kind !== 'pod' || mode !== 'environment');
  return [...new Map(all.map((service) => [`${service.namespace}/${service.name}`, service])).values()];
}

function sayOthers(services: readonly ClusterService[], progress: Progress): void {
  const others = services.flatMap(({ name, otherPorts = [] }) =>
    otherPorts.map((port) => `"${name}:${port}"`),
  );
  if (others.length > 0) progress.say(`Only TCP is reached from this machine, not ${others.join(', ')}.`);
}
