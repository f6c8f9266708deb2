import { systemCode } from '../../errors.ts';
import { holdersOf } from './owners.ts';
import { socketsInTheWay } from './occupants.ts';
import { isRunning, type ProcessIdentity } from './processes.ts';
import { whenSocketsChangeInTime } from './socketchanges.ts';
import type { ListeningSocket } from './sockettable.ts';
import { serviceOf, stopService } from './systemd.ts';

/** A process that is to be ended because it listens on ports that are needed. */
export interface Condemned {
  identity: ProcessIdentity;
  ports: readonly number[];
  /** Stop the service of the system that would start it again, if it has one, in the place of the process. */
  withService: boolean;
}

export interface EndingOptions {
  signal: AbortSignal;
  /** How long it may take to end by itself, in milliseconds. Default: 5000. A service has ten times that. */
  patience?: number;
}

/** How long the system may take to close the sockets of a process that was killed, in milliseconds. */
const clearing = 5000;

/**
 * Ends the process that listens on ports, politely (SIGTERM) first, then not (SIGKILL, also to those that share its
 * sockets), and waits until its sockets are closed. It is checked first that this very process holds a listening
 * socket on one of the ports, and is neither process 1 nor this one: nothing else is ever ended.
 *
 * Rejects with an error whose message is a reason ("it …"), or with the signal's.
 */
export async function endHolder(condemned: Condemned, options: EndingOptions): Promise<void> {
  const { identity, ports, withService } = condemned;
  const { signal, patience = 5000 } = options;
  const sockets = await socketsOf(identity, ports);
  const service = withService ? await serviceOf(identity.pid) : undefined;
  if (service !== undefined) {
    await stopService(service);
    await closed(identity, sockets, { patience: patience * 10, signal });
  } else {
    send('SIGTERM', identity.pid);
    await closed(identity, sockets, { patience, signal });
  }
  const left = await stillOpen(identity, sockets);
  if (left.length === 0) return;
  for (const pid of new Set([...(await holdersOf(left)).values()].flat())) {
    if (pid !== 1 && pid !== process.pid) send('SIGKILL', pid);
  }
  await closed(identity, left, { patience: clearing, signal });
  if ((await stillOpen(identity, left)).length > 0) throw new Error('it listens still, even after SIGKILL');
}

/** The sockets by which a process is in the way; refuses anything else that one may be asked to end. */
async function socketsOf(identity: ProcessIdentity, ports: readonly number[]): Promise<ListeningSocket[]> {
  const { pid } = identity;
  if (pid <= 1) throw new Error("it is the system's first process");
  if (pid === process.pid) throw new Error('it is this very process');
  const holders = await holdersOf(await socketsInTheWay(ports));
  // After looking for its sockets: they are that process's.
  if (!(await isRunning(identity)))
    throw new Error('it has ended, and another process has its number or none');
  const sockets = [...holders].filter(([, pids]) => pids.includes(pid)).map(([socket]) => socket);
  if (sockets.length === 0) throw new Error(`it does not listen on ${ports.join(' or ')}`);
  return sockets;
}

/** Resolves when all of the sockets are closed, or when `patience` milliseconds are over. */
async function closed(
  identity: ProcessIdentity,
  sockets: readonly ListeningSocket[],
  options: { patience: number; signal: AbortSignal },
): Promise<void> {
  const look = async () => ((await stillOpen(identity, sockets)).length === 0 ? true : undefined);
  await whenSocketsChangeInTime(look, options);
}

/** Those of the sockets that listen still: the same ones, not others on the same ports. */
async function stillOpen(
  identity: ProcessIdentity,
  sockets: readonly ListeningSocket[],
): Promise<ListeningSocket[]> {
  // Linux tells sockets apart; elsewhere those of a process that has gone are another's now.
  if (process.platform !== 'linux' && !(await isRunning(identity))) return [];
  const now = await socketsInTheWay(sockets.map(({ port }) => port));
  return now.filter(({ inode, port, address }) =>
    sockets.some((one) => one.inode === inode && one.port === port && one.address === address),
  );
}

function send(name: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself in between.
    if (systemCode(error) !== 'ESRCH')
      throw new Error(`it may not be ended from here (${String(systemCode(error))})`, { cause: error });
  }
}
