import { messageOf } from '../errors.ts';
import { placeForRedirects, placeOnRealPorts } from './blocks.ts';
import { clusterNames, reasonToLeaveOut } from './hostnames.ts';
import { readHosts, type MappedNames } from './hosts.ts';
import type { Listeners } from './listeners.ts';
import { mayBeInTheWay, portsInTheWay } from './occupied.ts';
import type { ClusterService, ExposeOptions, Exposure } from './services.ts';

type NamedService = ClusterService & { hostnames: string[] };

/**
 * Gives every service an address of its own and has its names written to the hosts file. Connections to its
 * real ports are redirected to listeners on free ports of that address; where the system cannot do that, the
 * listeners are on the real ports, as far as nobody else needs these.
 */
export async function exposeByName(
  services: readonly ClusterService[],
  listeners: Listeners,
  options: ExposeOptions,
): Promise<Exposure> {
  // Asked for at once: a prompt and the listeners come up side by side. Its failure is met below.
  const administrator = options.administrator().then((helper) => {
    options.undo.push('Remove the names from the hosts file', () => helper.writeHosts([]));
    return helper;
  });
  administrator.catch(() => undefined);
  const named = nameThem(services, readHosts(), options);
  const publish = async (
    placed: readonly NamedService[],
    addresses: readonly string[],
  ): Promise<Exposure> => {
    const exposed = placed.map(({ name, namespace, hostnames, ports }, index) => ({
      name,
      namespace,
      address: addresses[index] ?? '',
      hostnames,
      ports: ports.map((port) => ({ ...port, local: port.port })),
    }));
    const entries = exposed
      .filter(({ hostnames }) => hostnames.length > 0)
      .map(({ address, hostnames }) => ({ address, hostnames }));
    const helper = await administrator;
    options.signal.throwIfAborted();
    await helper.writeHosts(entries);
    return { services: exposed, entries };
  };

  let reason = '';
  if (mayBeInTheWay) {
    const avoid = options.localPorts ?? [];
    const placement = await placeForRedirects(named, listeners, { avoid, signal: options.signal });
    const exposure = await publish(named, placement.addresses);
    try {
      await (await administrator).redirect(placement.redirects);
      return exposure;
    } catch (error) {
      reason = messageOf(error);
      options.log.write('services', `${reason}: listening on the real ports instead.`);
      await listeners.release(placement.servers);
    }
  }
  const reachable = await withoutOccupied(named, reason, options);
  const placement = await placeOnRealPorts(reachable, listeners, {
    administrator: () => administrator,
    signal: options.signal,
  });
  return publish(reachable, placement.addresses);
}

/**
 * Leaves out the ports that a listener here would take from the local process, or from one that runs already.
 * `reason`: why they cannot be redirected.
 */
async function withoutOccupied(
  services: readonly NamedService[],
  reason: string,
  options: ExposeOptions,
): Promise<NamedService[]> {
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
        `${reason}. Install iptables, or let it work here (the table "nat"); or end what uses these ports; ` +
        'or give the local process another port in "ports".',
    );
  }
  return kept.filter(({ ports }) => ports.length > 0);
}

/** Gives the services their names, says which of them stay what they are on this machine. */
function nameThem(
  services: readonly ClusterService[],
  mapped: MappedNames,
  options: ExposeOptions,
): NamedService[] {
  const given = new Set<string>();
  const named = services.map((service) => {
    const hostnames = clusterNames(service, options).filter((name) => {
      const reason = reasonToLeaveOut(name, mapped);
      if (reason) options.progress.say(`The name "${name}" is left as it is: ${reason}.`);
      if (reason || given.has(name)) return false;
      given.add(name);
      return true;
    });
    return { ...service, hostnames };
  });
  const shared = [...mapped.sessions].filter(([name]) => given.has(name));
  const [first] = shared;
  if (first) {
    options.progress.warn(
      `${shared.length} names, "${first[0]}" among them, are mapped by session "${first[1]}" already: ` +
        'until it ends they lead to its cluster or namespace.',
    );
  }
  return named;
}
