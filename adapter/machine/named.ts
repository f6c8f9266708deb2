import { randomInt } from 'node:crypto';
import type net from 'node:net';
import { systemCode } from '../errors.ts';
import { blockAddresses, blockSize } from './addresses.ts';
import type { Administrator } from './administrator.ts';
import { clusterNames, reasonToLeaveOut } from './hostnames.ts';
import { readHosts, type MappedNames } from './hosts.ts';
import { cannotListen, type Listeners, type Place } from './listeners.ts';
import { portsInTheWay } from './occupied.ts';
import type { ClusterService, ExposedService, ExposeOptions, Exposure } from './services.ts';

/** How many blocks of addresses are tried before giving up; each is taken only when a session of ours has it. */
const attempts = 32;

/**
 * Gives every service an address of its own, listens there on its real ports, and has its names written to
 * the hosts file. Ports below 1024 are bound by the administrator where this process may not.
 */
export async function exposeByName(
  services: readonly ClusterService[],
  listeners: Listeners,
  options: ExposeOptions,
): Promise<Exposure> {
  // Asked for at once: a prompt and the listeners come up side by side. Its failure is met below.
  const administrator = options.administrator();
  administrator.catch(() => undefined);
  const reachable = await withoutOccupied(services, options);
  const addresses = await bindBlock(reachable, listeners, () => administrator, options.signal);
  options.signal.throwIfAborted();

  const exposed = reachable.map((service, index) => ({
    name: service.name,
    namespace: service.namespace,
    address: addresses[index] ?? '',
    hostnames: [] as string[],
    ports: service.ports.map((port) => ({ ...port, local: port.port })),
  }));
  nameThem(exposed, readHosts(), options);
  const entries = exposed
    .filter(({ hostnames }) => hostnames.length > 0)
    .map(({ address, hostnames }) => ({ address, hostnames }));

  const helper = await administrator;
  options.signal.throwIfAborted();
  options.undo.push('Remove the names from the hosts file', () => helper.writeHosts([]));
  await helper.writeHosts(entries);
  return { services: exposed, entries };
}

/** Leaves out the ports that a listener here would take from the local process, or from one that runs already. */
async function withoutOccupied(
  services: readonly ClusterService[],
  options: ExposeOptions,
): Promise<ClusterService[]> {
  const occupied = await portsInTheWay(options.localPorts ?? []);
  const lost: string[] = [];
  const kept = services.map((service) => {
    const ports = service.ports.filter(({ port }) => !occupied.has(port));
    for (const { port } of service.ports) {
      if (occupied.has(port)) lost.push(`"${service.name}:${port}" (${occupied.get(port)})`);
    }
    return { ...service, ports };
  });
  if (lost.length > 0) {
    options.progress.warn(
      `Not reachable from this machine, because their ports are in use here on every address: ${lost.join(', ')}. ` +
        'End what uses them, or give the local process another port in "ports".',
    );
  }
  return kept.filter(({ ports }) => ports.length > 0);
}

/** Binds all ports of all services in one free block of addresses; the addresses come in the services' order. */
async function bindBlock(
  services: readonly ClusterService[],
  listeners: Listeners,
  administrator: () => Promise<Administrator>,
  signal: AbortSignal,
): Promise<string[]> {
  const blocksNeeded = Math.ceil(services.length / blockSize);
  const targets = services.map(({ host, ports }) =>
    ports.map(({ port }) => ({ port, connections: listeners.connectionsTo(host, port) })),
  );
  // Sessions that start at once begin at different blocks: a collision costs one more attempt.
  let first = randomInt(1 << 14);
  for (let attempt = 0; attempt < attempts; attempt++, first += blocksNeeded) {
    signal.throwIfAborted();
    const addresses = Array.from({ length: blocksNeeded }, (_, index) =>
      blockAddresses(first + index, blockSize),
    ).flat();
    const places = targets.flatMap((ports, index) =>
      ports.map((port) => ({ ...port, address: addresses[index] ?? '' })),
    );
    if (await bindAll(places, listeners, administrator)) return addresses.slice(0, services.length);
  }
  throw cannotListen({ address: '127.64.0.0', port: 0 }, `${attempts} blocks of addresses are in use`);
}

/** Binds every place, or none: false when one of them is in use. */
async function bindAll(
  places: readonly Place[],
  listeners: Listeners,
  administrator: () => Promise<Administrator>,
): Promise<boolean> {
  const bound: net.Server[] = [];
  const results = await Promise.allSettled(
    places.map(async (place) => bound.push(await bindOne(place, listeners, administrator))),
  );
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  if (failures.length === 0) return true;
  await listeners.release(bound);
  const other = failures.find((failure) => systemCode(failure) !== 'EADDRINUSE');
  if (other !== undefined) throw other;
  return false;
}

async function bindOne(
  place: Place,
  listeners: Listeners,
  administrator: () => Promise<Administrator>,
): Promise<net.Server> {
  try {
    return await listeners.listen(place);
  } catch (error) {
    // A port below 1024 is the administrator's to bind.
    if (systemCode(error) !== 'EACCES') throw error;
    const helper = await administrator();
    return listeners.adopt(await helper.bind(place.address, place.port, place.connections.accept));
  }
}

/** Gives the services their names, says which of them stay what they are on this machine. */
function nameThem(services: ExposedService[], mapped: MappedNames, options: ExposeOptions): void {
  const given = new Set<string>();
  for (const service of services) {
    service.hostnames = clusterNames(service, options).filter((name) => {
      const reason = reasonToLeaveOut(name, mapped);
      if (reason) options.progress.say(`The name "${name}" is left as it is: ${reason}.`);
      if (reason || given.has(name)) return false;
      given.add(name);
      return true;
    });
  }
  const shared = [...mapped.sessions].filter(([name]) => given.has(name));
  const [first] = shared;
  if (first) {
    options.progress.warn(
      `${shared.length} names, "${first[0]}" among them, are mapped by session "${first[1]}" already: ` +
        'until it ends they lead to its cluster or namespace.',
    );
  }
}
