import type { AddressInfo } from 'node:net';
import type { Listeners } from './listeners.ts';
import type { Placing } from './placing.ts';

/** A free port of 127.0.0.1 for every port of every service: what needs no administrator rights, and no names. */
export function freePorts(listeners: Listeners): Placing {
  const address = '127.0.0.1';
  return {
    addresses: (count) => Promise.resolve(Array.from({ length: count }, () => address)),
    listen: async ({ connections }) => {
      const server = await listeners.listen({ address, port: 0, connections: connections() });
      return { server, local: (server.address() as AddressInfo).port };
    },
    publish: () => Promise.resolve(),
  };
}
