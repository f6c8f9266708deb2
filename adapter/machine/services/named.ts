import { messageOf } from '../../errors.ts';
import { ExposedServices } from './exposed.ts';
import type { Listeners } from './listeners.ts';
import { naming } from './naming.ts';
import { mayBeInTheWay } from './occupied.ts';
import { privateHosts } from '../hosts/privatehosts.ts';
import { realPorts } from './realports.ts';
import { redirectedPorts } from './redirectedports.ts';
import type { ClusterService, ExposeOptions } from './services.ts';

/**
 * Gives every service an address of its own and has its names written to the hosts file. Connections to its
 * real ports are redirected to listeners on free ports of that address; where the system cannot do that, the
 * listeners are on the real ports, as far as nobody else needs these.
 */
export async function exposeByName(
  services: readonly ClusterService[],
  listeners: Listeners,
  options: ExposeOptions,
): Promise<ExposedServices> {
  // Asked for at once: a prompt and the listeners come up side by side. Its failure is met below.
  const administrator = options.administrator().then((helper) => {
    options.undo.push('Remove the names from the hosts file', () => helper.writeHosts([]));
    return helper;
  });
  administrator.catch(() => undefined);
  const { localPorts = [], progress, signal } = options;
  const common = {
    listeners,
    name: naming(options),
    writeNames: async (entries: ExposedServices['entries']) => (await administrator).writeHosts(entries),
    signal,
  };

  let reason = '';
  if (mayBeInTheWay) {
    const refused: unknown[] = [];
    const placing = redirectedPorts(listeners, {
      avoid: localPorts,
      redirect: async (redirects) => {
        const helper = await administrator;
        await helper.redirect(redirects).catch((error: unknown) => {
          refused.push(error);
          throw error;
        });
      },
    });
    const exposed = new ExposedServices({ ...common, placing });
    try {
      await exposed.update(services);
      return exposed;
    } catch (error) {
      if (!refused.includes(error)) throw error;
      signal.throwIfAborted();
      reason = messageOf(error);
      options.log.write('services', `${reason}: listening on the real ports instead.`);
      await exposed.release();
    }
  }
  const placing = realPorts(listeners, {
    localPorts,
    haveAddresses: async (addresses) => (await administrator).haveAddresses(addresses),
    bind: async (...place) => (await administrator).bind(...place),
    reason: `${reason}. Install iptables, or let it work here (the table "nat"); ${orElse}`,
    progress,
  });
  const exposed = new ExposedServices({ ...common, placing });
  await exposed.update(services);
  return exposed;
}

/** The same for the local process alone: with a hosts file of its own, and what can be done without rights. */
export async function exposePrivately(
  services: readonly ClusterService[],
  listeners: Listeners,
  options: ExposeOptions & { hostsFile: string },
): Promise<ExposedServices> {
  const { localPorts = [], progress, signal, hostsFile } = options;
  const exposed = new ExposedServices({
    listeners,
    placing: realPorts(listeners, { localPorts, reason: `Set "hosts": "system"; ${orElse}`, progress }),
    name: naming(options),
    writeNames: privateHosts(hostsFile, options),
    signal,
  });
  await exposed.update(services);
  return exposed;
}

const orElse = 'or end what uses these ports; or give the local process another port in "ports".';
