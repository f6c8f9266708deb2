import { anyAddresses } from './addresses.ts';
import { ownerText } from '../processes/sockets.ts';
import { ownerOf } from '../processes/owners.ts';
import { listeningSockets } from '../processes/sockettable.ts';

/** Whether listeners on service addresses and on every address exclude each other: see below. */
export const mayBeInTheWay = process.platform === 'linux';

/**
 * The ports on which no service can have a listener of its own address, each with the reason: Linux takes
 * 0.0.0.0:8080 and 127.64.0.1:8080 for the same place, whoever came first (bind(2), EADDRINUSE; both would
 * have to set SO_REUSEPORT). So a listener of ours must not be in the way of the local process on
 * `localPorts` either. Other systems tell the two apart.
 */
export async function portsInTheWay(localPorts: readonly number[]): Promise<Map<number, string>> {
  if (!mayBeInTheWay) return new Map();
  const ports = new Map<number, string>();
  for (const socket of await listeningSockets()) {
    if (!anyAddresses.has(socket.address) || ports.has(socket.port)) continue;
    ports.set(socket.port, ownerText({ ...socket, ...(await ownerOf(socket)) }));
  }
  for (const port of localPorts) ports.set(port, 'the local process');
  return ports;
}
