import { randomInt } from 'node:crypto';
import net from 'node:net';
import { systemCode } from '../errors.ts';
import { blockAddresses, blockSize } from './addresses.ts';
import type { Administrator } from './administrator.ts';
import type { Redirect } from './elevated/redirects.ts';
import { cannotListen, type Listeners, type Place } from './listeners.ts';
import type { ClusterService } from './services.ts';

/** How many blocks of addresses are tried before giving up; each is taken only when a session of ours has it. */
const attempts = 32;

/** Above the ports that Linux gives to outgoing connections, and above those that programs choose for themselves. */
const freePorts = { from: 61_000, to: 65_000 };

/** Services with an address each, in the services' order, and what listens there. */
export interface Placement {
  addresses: string[];
  servers: net.Server[];
}

/** Listens on every service's real ports. Those below 1024 are bound by the administrator where this process may not. */
export function placeOnRealPorts(
  services: readonly ClusterService[],
  listeners: Listeners,
  { administrator, signal }: { administrator: () => Promise<Administrator>; signal: AbortSignal },
): Promise<Placement> {
  const targets = services.map(({ host, ports }) =>
    ports.map(({ port }) => ({ port, connections: listeners.connectionsTo(host, port) })),
  );
  return inFreeBlock(services.length, signal, (addresses) =>
    bindAll(
      placesAt(addresses, targets).map((place) => () => bindOne(place, listeners, administrator)),
      listeners,
    ),
  );
}

/**
 * Listens on free ports, to which the real ones are to be redirected: in nobody's way, and nobody in theirs.
 * The n-th port of every service is the same one: two hundred services take hardly more ports than one, and
 * none of `avoid`.
 */
export async function placeForRedirects(
  services: readonly ClusterService[],
  listeners: Listeners,
  { avoid, signal }: { avoid: readonly number[]; signal: AbortSignal },
): Promise<Placement & { redirects: Redirect[] }> {
  const connections = services.map(({ host, ports }) =>
    ports.map(({ port }) => ({ real: port, connections: listeners.connectionsTo(host, port, true) })),
  );
  let redirects: Redirect[] = [];
  const placement = await inFreeBlock(services.length, signal, (addresses) => {
    const first = randomInt(freePorts.from, freePorts.to);
    const targets = connections.map((ports) =>
      ports.map((target, index) => ({ ...target, port: first + index })),
    );
    const places = placesAt(addresses, targets);
    if (places.some(({ port }) => avoid.includes(port))) return Promise.resolve(undefined);
    redirects = places.map(({ address, real, port }) => ({ address, port: real, to: port }));
    const blocks = addresses.filter((_, index) => index % blockSize === 0);
    return bindAll(
      [
        ...blocks.map((block) => () => reserve(block, listeners)),
        ...places.map((place) => () => listeners.listen(place)),
      ],
      listeners,
    );
  });
  return { ...placement, redirects };
}

/**
 * On free ports, sessions with the same addresses would not meet. So each holds a name for a block, one of
 * those without a file (unix(7), abstract), which goes with its process.
 */
function reserve(block: string, listeners: Listeners): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(`\0localprocess-k8s ${block}`, () => resolve(listeners.adopt(server)));
  });
}

function placesAt<Target>(addresses: readonly string[], targets: readonly Target[][]) {
  return targets.flatMap((ports, index) =>
    ports.map((port) => ({ ...port, address: addresses[index] ?? '' })),
  );
}

/** Has `bind` try blocks of addresses until it gets one; `undefined`: something there is in use. */
async function inFreeBlock(
  count: number,
  signal: AbortSignal,
  bind: (addresses: string[]) => Promise<net.Server[] | undefined>,
): Promise<Placement> {
  const blocksNeeded = Math.ceil(count / blockSize);
  // Sessions that start at once begin at different blocks: a collision costs one more attempt.
  let first = randomInt(1 << 14);
  for (let attempt = 0; attempt < attempts; attempt++, first += blocksNeeded) {
    signal.throwIfAborted();
    const blocks = Array.from({ length: blocksNeeded }, (_, index) =>
      blockAddresses(first + index, blockSize),
    );
    const addresses = blocks.flat().slice(0, count);
    const servers = await bind(addresses);
    if (servers) return { addresses, servers };
  }
  throw cannotListen({ address: '127.64.0.0', port: 0 }, `${attempts} blocks of addresses are in use`);
}

/** Has every server, or none: `undefined` when one of their places is in use. */
async function bindAll(
  binds: readonly (() => Promise<net.Server>)[],
  listeners: Listeners,
): Promise<net.Server[] | undefined> {
  const results = await Promise.allSettled(binds.map((bind) => bind()));
  const bound = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  if (failures.length === 0) return bound;
  await listeners.release(bound);
  const other = failures.find((failure) => systemCode(failure) !== 'EADDRINUSE');
  if (other !== undefined) throw other;
  return undefined;
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
