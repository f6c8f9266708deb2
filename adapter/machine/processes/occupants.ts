import { stat } from 'node:fs/promises';
import { anyAddresses } from '../services/addresses.ts';
import { ancestorsOf, readKinship } from './kinship.ts';
import { describeProcess, holdersOf } from './owners.ts';
import { identify, type ProcessIdentity } from './processes.ts';
import { listeningSockets, type ListeningSocket } from './sockettable.ts';
import { serviceOf, type Service } from './systemd.ts';

/** Who has local ports that are needed. Plain data: the elevated helper answers with the same. */
export interface Occupant {
  ports: number[];
  /** The user, as far as the socket or the process tells. */
  uid?: number;
  /** The process, where the system shows it: of several that share the socket, the one that started the others. */
  holder?: ProcessIdentity & { process?: string; command?: string; service?: Service };
}

/** Whether a listener at `address` keeps the local process from listening: on every address, 127.0.0.1 or ::1. */
export function isInTheWay(address: string): boolean {
  return anyAddresses.has(address) || address === '127.0.0.1' || address === '::1';
}

/** The sockets that listen on `ports` and are in the way. */
export async function socketsInTheWay(ports: readonly number[]): Promise<ListeningSocket[]> {
  return (await listeningSockets()).filter(
    ({ port, address }) => ports.includes(port) && isInTheWay(address),
  );
}

/** Who has any of `ports`, each process once. */
export async function occupantsOf(ports: readonly number[]): Promise<Occupant[]> {
  const sockets = await socketsInTheWay(ports);
  if (sockets.length === 0) return [];
  const [holders, kinship] = await Promise.all([holdersOf(sockets), readKinship()]);
  const seen = new Map<number, Set<number>>();
  const unseen = new Map<number | undefined, Set<number>>();
  for (const [{ port, uid }, pids] of holders) {
    const first = pids.filter(
      (pid) => !ancestorsOf(pid, kinship).some((ancestor) => pids.includes(ancestor)),
    );
    for (const pid of first) add(seen, pid, port);
    if (first.length === 0) add(unseen, uid, port);
  }
  const described = await Promise.all([...seen].map(([pid, held]) => occupantAt(pid, inOrder(held))));
  // A process that ended meanwhile has no port any more.
  const found = described.filter((occupant) => occupant !== undefined);
  return [...found, ...[...unseen].map(([uid, held]) => unseenOccupant(uid, inOrder(held)))];
}

function add<Key>(map: Map<Key, Set<number>>, key: Key, port: number): void {
  map.set(key, (map.get(key) ?? new Set()).add(port));
}

function inOrder(ports: ReadonlySet<number>): number[] {
  return [...ports].sort((a, b) => a - b);
}

function unseenOccupant(uid: number | undefined, ports: number[]): Occupant {
  return { ports, ...(uid !== undefined && { uid }) };
}

async function occupantAt(pid: number, ports: number[]): Promise<Occupant | undefined> {
  const [identity, described, uid, service] = await Promise.all([
    identify(pid),
    describeProcess(pid),
    userOf(pid),
    serviceOf(pid),
  ]);
  if (identity === undefined) return undefined;
  const holder = { ...described, ...identity, ...(service && { service }) };
  return { ports, ...(uid !== undefined && { uid }), holder };
}

/** The user that a process runs as, on Linux. */
async function userOf(pid: number): Promise<number | undefined> {
  return stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => undefined,
  );
}
