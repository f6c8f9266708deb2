import { randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { systemCode } from '../../errors.ts';
import { ServiceAddresses } from './addressblocks.ts';
import type { Redirect } from '../elevated/redirects.ts';
import { cannotListen, type Listeners } from './listeners.ts';
import type { Placing } from './placing.ts';

/** Above the ports that Linux gives to outgoing connections, and above those that programs choose for themselves. */
const freePorts = { from: 61_000, to: 65_000 };
const attempts = 32;

/**
 * Listens on free ports, to which the real ones are to be redirected: in nobody's way, and nobody in theirs.
 * The n-th port of every service is the same one, as long as nothing else listens there on every address: two
 * hundred services take hardly more ports than one, and none of `avoid`.
 */
export function redirectedPorts(
  listeners: Listeners,
  { avoid, redirect }: { avoid: readonly number[]; redirect: (redirects: Redirect[]) => Promise<void> },
): Placing {
  const addresses = new ServiceAddresses(listeners);
  let first = randomInt(freePorts.from, freePorts.to);
  let published = '';
  return {
    addresses: (count) => addresses.take(count),
    async listen({ address, port, slot, connections }) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const mine = first;
        try {
          if (avoid.includes(mine + slot)) throw Object.assign(new Error('avoided'), { code: 'EADDRINUSE' });
          const place = { address, port: mine + slot, connections: connections(true) };
          return { server: await listeners.listen(place), local: port };
        } catch (error) {
          if (systemCode(error) !== 'EADDRINUSE') throw error;
          // Others who met the same go where the one goes who met it first.
          if (first === mine) first = randomInt(freePorts.from, freePorts.to);
        }
      }
      throw cannotListen({ address, port }, `${attempts} free ports were in use`);
    },
    async publish(ports) {
      const redirects = ports.map(({ address, port, server }) => {
        return { address, port, to: (server.address() as AddressInfo).port };
      });
      const text = JSON.stringify(redirects);
      if (text !== published) await redirect(redirects);
      published = text;
    },
  };
}
