import { LaunchError } from '../errors.ts';
import { anyAddresses, isServiceAddress } from './addresses.ts';
import { ownerOf } from './owners.ts';
import { whenSocketsChange } from './socketchanges.ts';
import { listeningSockets, type ListeningSocket } from './sockettable.ts';

/** A listening TCP socket, with its owner where the system tells it. */
export interface Listener {
  address: string;
  port: number;
  pid?: number;
  /** The owner's name, as `ps` shows it. */
  process?: string;
  /** The owner's command line. */
  command?: string;
}

/** Who listens on `port`, on any address. Listeners that sessions opened for cluster services are left out. */
export async function listenersOn(port: number): Promise<Listener[]> {
  return Promise.all((await socketsOn(port)).map(withOwner));
}

/**
 * Resolves once a process listens on `port` at any address, of either family. `except` tells listeners that
 * do not count, e.g. those of a process that is about to end.
 *
 * Looks every 50 ms: systems announce no such event, and connecting to find out would wake breakpoints in
 * the process under the debugger. Rejects with the signal's reason when aborted.
 */
export async function waitForListener(
  port: number,
  options: { signal: AbortSignal; except?: (listener: Listener) => boolean },
): Promise<Listener> {
  options.signal.throwIfAborted();
  return whenSocketsChange(async () => {
    for (const socket of await socketsOn(port)) {
      const candidate = await withOwner(socket);
      if (!options.except?.(candidate)) return candidate;
    }
    return undefined;
  }, options.signal);
}

/**
 * Checks that the local process can listen on each of `ports`: nobody listens there on every address or on
 * 127.0.0.1 or ::1.
 * @throws LaunchError `port-in-use`, naming the process that has the first such port.
 */
export async function assertPortsFree(ports: readonly number[]): Promise<void> {
  const sockets = await listeningSockets();
  for (const port of ports) {
    const taken = sockets.find((socket) => socket.port === port && conflicts(socket.address));
    if (!taken) continue;
    const listener = await withOwner(taken);
    throw new LaunchError(
      'port-in-use',
      `Cannot use port "${port}" for the local process: ${ownerText(listener)} listens on it already. ` +
        `End that process, or choose another local port in "ports", e.g. "${port + 1}:${port}".`,
      { attribute: 'ports' },
    );
  }
}

/**
 * The same for ports that a session which is ending may still have: waits up to `patience` milliseconds for it.
 * @throws LaunchError `port-in-use`, or the signal's reason.
 */
export async function waitUntilPortsFree(
  ports: readonly number[],
  { patience, signal }: { patience: number; signal: AbortSignal },
): Promise<void> {
  const deadline = AbortSignal.timeout(patience);
  const look = async () => {
    const taken = (await listeningSockets()).some(
      ({ port, address }) => ports.includes(port) && conflicts(address),
    );
    return taken ? undefined : true;
  };
  try {
    await whenSocketsChange(look, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    await assertPortsFree(ports);
  }
}

function conflicts(address: string): boolean {
  return anyAddresses.has(address) || address === '127.0.0.1' || address === '::1';
}

/** A listener's owner in words, e.g. `"node" (process 4711, "node server.js")`. */
export function ownerText({ pid, process: name, command }: Listener): string {
  if (pid === undefined) return 'a process of another user';
  return `"${name ?? 'a process'}" (process ${pid}${command ? `, "${command}"` : ''})`;
}

/** The listening sockets on `port`, without owners: cheap. Local processes' only, any-address and 127.0.0.1 first. */
export async function socketsOn(port: number): Promise<ListeningSocket[]> {
  const sockets = (await listeningSockets()).filter(
    (socket) => socket.port === port && !isServiceAddress(socket.address),
  );
  return sockets.sort((a, b) => Number(conflicts(b.address)) - Number(conflicts(a.address)));
}

async function withOwner(socket: ListeningSocket): Promise<Listener> {
  return { address: socket.address, port: socket.port, ...(await ownerOf(socket)) };
}
