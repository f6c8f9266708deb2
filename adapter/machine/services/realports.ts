import type net from 'node:net';
import type { Progress } from '../../progress.ts';
import { systemCode } from '../../errors.ts';
import { ServiceAddresses } from './addressblocks.ts';
import type { Listeners } from './listeners.ts';
import { portsInTheWay } from './occupied.ts';
import type { Placing } from './placing.ts';

interface RealPortsOptions {
  /** Ports that the local process is going to listen on. */
  localPorts: readonly number[];
  /** Has this machine have the addresses; absent: it has them all. */
  haveAddresses?: (addresses: string[]) => Promise<void>;
  /** Binds what this process may not; absent: that is left out. */
  bind?: (address: string, port: number, onConnection: (socket: net.Socket) => void) => Promise<net.Server>;
  /** Why the real ports are not redirected, and what to do about it. */
  reason: string;
  progress: Progress;
}

/**
 * Listens on every service's real ports, each at an address of its own. Left out, and said once, are those
 * that a listener here would take from the local process, or from one that runs already, and those below 1024
 * that nobody may bind.
 */
export function realPorts(
  listeners: Listeners,
  { localPorts, haveAddresses, bind, reason, progress }: RealPortsOptions,
): Placing {
  const addresses = new ServiceAddresses(listeners);
  // Looked at again for each batch of services.
  let occupied: Promise<Map<number, string>> | undefined;
  let inUse: string[] = [];
  let low: string[] = [];
  const said = new Set<string>();
  const tell = (labels: string[], words: (list: string) => string) => {
    const fresh = labels.filter((label) => !said.has(label));
    for (const label of fresh) said.add(label);
    if (fresh.length > 0) progress.warn(words(fresh.join(', ')));
  };
  return {
    async addresses(count) {
      const taken = await addresses.take(count);
      await haveAddresses?.(taken);
      return taken;
    },
    async listen({ address, port, label, connections }) {
      occupied ??= portsInTheWay(localPorts);
      const owner = (await occupied).get(port);
      if (owner !== undefined) {
        inUse.push(`"${label}" (${owner})`);
        return undefined;
      }
      const place = { address, port, connections: connections() };
      try {
        return { server: await listeners.listen(place), local: port };
      } catch (error) {
        if (systemCode(error) === 'EADDRINUSE') {
          inUse.push(`"${label}" (it was taken just now)`);
          return undefined;
        }
        // A port below 1024 is the administrator's to bind.
        if (systemCode(error) !== 'EACCES') throw error;
      }
      if (bind === undefined) {
        low.push(`"${label}"`);
        return undefined;
      }
      const server = await bind(address, port, place.connections.accept);
      return { server: listeners.adopt(server, place.connections), local: port };
    },
    publish() {
      tell(
        inUse,
        (list) =>
          `Not reachable from this machine, because their ports are in use here on every address: ${list}. ${reason}`,
      );
      tell(
        low,
        (list) =>
          `Not reachable from this machine, because ports below 1024 need administrator rights: ${list}. ` +
          'Set "hosts": "system", or use "useKubernetesServiceEnvironmentVariables".',
      );
      [inUse, low, occupied] = [[], [], undefined];
      return Promise.resolve();
    },
  };
}
