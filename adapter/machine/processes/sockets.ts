import { isServiceAddress } from '../services/addresses.ts';
import { isInTheWay } from './occupants.ts';
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
  return sockets.sort((a, b) => Number(isInTheWay(b.address)) - Number(isInTheWay(a.address)));
}

async function withOwner(socket: ListeningSocket): Promise<Listener> {
  return { address: socket.address, port: socket.port, ...(await ownerOf(socket)) };
}
