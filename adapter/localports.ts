import { randomUUID } from 'node:crypto';
import type { PortPair } from './cluster/ports.ts';
import type { Configuration } from './configuration.ts';
import { LaunchError, messageOf, type Next } from './errors.ts';
import type { LaunchContext } from './launch.ts';
import type { Administrator } from './machine/administrator.ts';
import { endHolder } from './machine/processes/ending.ts';
import { ancestorsOf, readKinship } from './machine/processes/kinship.ts';
import { occupantsOf, socketsInTheWay, type Occupant } from './machine/processes/occupants.ts';
import { describeProcess } from './machine/processes/owners.ts';
import { whenSocketsChangeInTime } from './machine/processes/socketchanges.ts';
import { nameOf, otherPort, portsText, questionText, refusalText, type Claim } from './portwords.ts';
import type { Progress } from './progress.ts';
import { belongings } from './sessionprocesses.ts';

export interface LocalPortsOptions {
  conflict: Configuration['portConflict'];
  ask: LaunchContext['ask'];
  /** Gets the elevated helper; `purpose` tells the user what for. */
  administrator: (purpose: string) => Promise<Administrator>;
  /** Sessions that are being ended: their ports are waited for later, by `waitUntilPortsFree`. */
  ending: readonly string[];
  mainScript: string;
  /** The process that answers for this session. Default: this one. */
  adapter?: number;
  progress: Progress;
  signal: AbortSignal;
}

/** How long a socket whose process is ending may take to close, in milliseconds. */
const closingPatience = 2000;

/** The ports of the local process, and who was ended for them. */
export interface FreedPorts {
  pairs: readonly PortPair[];
  ended: readonly Occupant[];
}

/**
 * Makes sure that the local process can listen on its ports: nobody listens there on every address, on 127.0.0.1 or
 * on ::1, or whoever does is ended, as `portConflict` says. All ports are dealt with at once. Processes of sessions,
 * what has started this one, and the system's first process are never ended.
 * @throws LaunchError `port-in-use`, `process-not-ended`, `administrator-refused`, `cancelled`, or the signal's reason.
 */
export async function makePortsFree(
  pairs: readonly PortPair[],
  options: LocalPortsOptions,
): Promise<FreedPorts> {
  const ports = [...new Set(pairs.map(({ local }) => local))];
  const find = async (look: (ports: number[]) => Promise<Occupant[]>) => {
    const found = await look(ports);
    return found.length === 0 ? [] : claimsOf(found, options);
  };
  let claims = await find((wanted) => settledOccupants(wanted, options.signal));
  if (claims.length === 0) return { pairs, ended: [] };
  const { conflict, ask, signal } = options;
  refuseIf(
    conflict === 'fail' || (conflict === 'ask' && ask === undefined) || isSpared(claims),
    claims,
    pairs,
  );
  if (claims.some(isUnseen)) {
    const administrator = await options.administrator(
      `to see which process has ${portsText(unseenPorts(claims))}`,
    );
    claims = await find((wanted) => administrator.occupantsOf(wanted));
    // What not even they can see is not a process that could be ended.
    refuseIf(isSpared(claims) || claims.some(isUnseen), claims, pairs);
  }
  const occupants = claims.map(({ occupant }) => occupant);
  if (conflict === 'ask' && ask !== undefined && occupants.length > 0) {
    const stop = occupants.length === 1 ? 'Stop it' : 'Stop them';
    const question = { id: randomUUID(), text: questionText(occupants), choices: [stop, 'Cancel'] };
    if ((await ask(question, signal)) !== stop)
      throw new LaunchError(
        'cancelled',
        `The launch was cancelled: ${portsText(occupants.flatMap((one) => one.ports))} stays with ${occupants.map(nameOf).join(' and ')}.`,
      );
  }
  await Promise.all(occupants.map((occupant) => end(occupant, pairs, options)));
  const freed = { pairs, ended: occupants };
  await assertPortsFree(freed, signal);
  return freed;
}

/**
 * Checks, before the local process starts, that its ports are free still. `patience`: waits so many milliseconds for
 * those that a session which is ending may have.
 * @throws LaunchError `process-not-ended` for one that was ended and has come back, `port-in-use` for any other, or the
 * signal's reason.
 */
export async function waitUntilPortsFree(
  freed: FreedPorts,
  { patience, signal }: { patience: number; signal: AbortSignal },
): Promise<void> {
  const ports = freed.pairs.map(({ local }) => local);
  const look = async () => ((await socketsInTheWay(ports)).length === 0 ? true : undefined);
  if (patience > 0) await whenSocketsChangeInTime(look, { patience, signal });
  await assertPortsFree(freed, signal);
}

async function assertPortsFree({ pairs, ended }: FreedPorts, signal: AbortSignal): Promise<void> {
  const occupants = await settledOccupants(
    pairs.map(({ local }) => local),
    signal,
  );
  const back = occupants.find(({ ports }) =>
    ended.some((one) => one.ports.some((port) => ports.includes(port))),
  );
  if (back !== undefined) throw await cameBack(back, ended, pairs);
  const claims = occupants.map((occupant) => ({ occupant, belonging: undefined }));
  refuseIf(claims.length > 0, claims, pairs);
}

/**
 * Who has any of `ports`. A process that ends gives up its files first, and only then are its sockets closed: one
 * that should have a visible owner and has none is given a moment to go.
 */
async function settledOccupants(ports: number[], signal: AbortSignal): Promise<Occupant[]> {
  const self = process.getuid?.();
  let found: Occupant[] = [];
  const look = async () => {
    found = await occupantsOf(ports);
    return found.some(({ holder, uid }) => holder === undefined && (self === 0 || uid === self))
      ? undefined
      : found;
  };
  return (await whenSocketsChangeInTime(look, { patience: closingPatience, signal })) ?? found;
}

/** What each occupant belongs to; without those of sessions that are being ended. */
async function claimsOf(
  occupants: readonly Occupant[],
  { mainScript, adapter, ending }: LocalPortsOptions,
): Promise<Claim[]> {
  const belongingOf = await belongings(mainScript, adapter);
  const claims = await Promise.all(
    occupants.map(async (occupant) => ({
      occupant,
      belonging: occupant.holder && (await belongingOf(occupant.holder.pid)),
    })),
  );
  return claims.filter(
    ({ belonging }) =>
      belonging?.to !== 'session' ||
      ending.length === 0 ||
      (belonging.session !== undefined && !ending.includes(belonging.session)),
  );
}

function isSpared(claims: readonly Claim[]): boolean {
  return claims.some(({ belonging }) => belonging !== undefined);
}

function isUnseen({ occupant }: Claim): boolean {
  return occupant.holder === undefined;
}

function unseenPorts(claims: readonly Claim[]): number[] {
  return claims.filter(isUnseen).flatMap(({ occupant }) => occupant.ports);
}

function refuseIf(refused: boolean, claims: readonly Claim[], pairs: readonly PortPair[]): void {
  if (refused)
    throw new LaunchError('port-in-use', refusalText(claims, pairs), {
      attribute: 'ports',
      next: wayOut(claims),
    });
}

/** What is left to do where stopping the processes is not; `undefined`: it is. */
function wayOut(claims: readonly Claim[]): Next | undefined {
  const [first, ...others] = claims.flatMap(({ belonging }) => belonging ?? []);
  if (first === undefined) return undefined;
  return others.length === 0 && first.to === 'session' && first.session !== undefined
    ? { step: 'restore', session: first.session }
    : { step: 'setting' };
}

/** Ends one occupant; another user's, or one whose service is the system's, with administrator rights. */
async function end(
  occupant: Occupant,
  pairs: readonly PortPair[],
  { administrator, progress, signal }: LocalPortsOptions,
): Promise<void> {
  const { holder, ports, uid } = occupant;
  if (holder === undefined) return;
  const { pid, started, service } = holder;
  progress.say(`Ending ${nameOf(occupant)}, which listens on ${ports.join(' and ')}.`);
  const condemned = { identity: { pid, started }, ports, withService: service !== undefined };
  const self = process.getuid?.();
  const privileged = self !== 0 && ((uid !== undefined && uid !== self) || service?.own === false);
  // Rights that are refused have an error of their own.
  const helper = privileged ? await administrator(`to end ${nameOf(occupant)}`) : undefined;
  try {
    if (helper === undefined) await endHolder(condemned, { signal });
    else await helper.end(condemned);
  } catch (error) {
    signal.throwIfAborted();
    throw new LaunchError(
      'process-not-ended',
      `Cannot end ${nameOf(occupant)}, which listens on ${ports.join(' and ')}: ${messageOf(error)}. End it by yourself, or choose ${otherPort(ports, pairs)}.`,
      { cause: error, attribute: 'portConflict' },
    );
  }
}

/** The error for a port that is taken again by what somebody started anew. */
async function cameBack(
  back: Occupant,
  ended: readonly Occupant[],
  pairs: readonly PortPair[],
): Promise<LaunchError> {
  const before = ended.filter(({ ports }) => ports.some((port) => back.ports.includes(port)));
  const starter = await starterOf(back);
  return new LaunchError(
    'process-not-ended',
    `Cannot keep ${portsText(back.ports)} free for the local process: ${before.map(nameOf).join(' and ')} was ended, and ${nameOf(back)} listens there now. ` +
      `${starter === undefined ? 'Something starts it again: end that first' : `It was started by ${starter}: end that first`}, or choose ${otherPort(back.ports, pairs)}.`,
    { attribute: 'portConflict' },
  );
}

/** Who has started a process, in words; `undefined` where nobody but the system is left to have. */
async function starterOf({ holder }: Occupant): Promise<string | undefined> {
  if (holder?.service !== undefined) return `the service "${holder.service.unit}"`;
  const [parent] = holder === undefined ? [] : ancestorsOf(holder.pid, await readKinship());
  if (parent === undefined || parent <= 1) return undefined;
  return nameOf({ ports: [], holder: { ...(await describeProcess(parent)), pid: parent, started: '' } });
}
