import type { Api } from './cluster/api.ts';
import { joinReplicaSet, type Agent } from './cluster/join.ts';
import { portForward } from './cluster/portForward.ts';
import type { PortPair } from './cluster/ports.ts';
import type { Target } from './cluster/target.ts';
import { LaunchError, messageOf } from './errors.ts';
import type { Log } from './log.ts';
import { connectLocal } from './machine/processes/local.ts';
import { portsOf, type LocalProcesses } from './machine/processes/elsewhere.ts';
import { whenSocketsChange } from './machine/processes/socketchanges.ts';
import { socketsOn } from './machine/processes/sockets.ts';
import type { Placed } from './placement.ts';
import type { Progress } from './progress.ts';
import type { Counted } from './tunnel/counted.ts';
import { Tunnel } from './tunnel/tunnel.ts';
import type { UndoStack } from './undo.ts';

export interface TunnelsOptions {
  target: Target;
  startupTimeoutSeconds: number;
  holdSeconds: number;
  /** Counts the connections from the pods to the local process. */
  counted: Counted;
  undo: UndoStack;
  log: Log;
  progress: Progress;
  signal: AbortSignal;
}

/** Opens a tunnel to each agent, all at once; what the agents accept is connected to the local process. */
export async function openTunnels(
  api: Api,
  { pods, ...secrets }: Placed,
  options: TunnelsOptions,
): Promise<[Agent, ...Agent[]]> {
  const opening = pods.map(({ metadata }) => openTunnel(api, { ...metadata, ...secrets }, options));
  const [first, ...others] = await Promise.all(opening);
  if (first === undefined)
    throw new LaunchError(
      'target-not-ready',
      `Cannot stand in for "${options.target.name}": its workload is scaled to zero. Scale it up, then try again.`,
    );
  return [first, ...others];
}

async function openTunnel(
  api: Api,
  { name, uid, token, controlPort }: { name: string; uid: string; token: string; controlPort: number },
  { target, holdSeconds, counted, undo, log, progress, ...options }: TunnelsOptions,
): Promise<Agent> {
  const deadline = AbortSignal.timeout(options.startupTimeoutSeconds * 1000);
  const tunnel = await Tunnel.open(
    {
      open: (signal) => portForward(api, target.namespace, name, controlPort, signal),
      accept: async (remote, signal) =>
        counted.add(await connectLocal(localPort(target, remote), { holdSeconds, signal })),
      token,
      holdSeconds,
      log,
    },
    AbortSignal.any([options.signal, deadline]),
  );
  undo.push(`close the tunnel to ${name}`, () => tunnel.close());
  tunnel.on('lost', (error) =>
    progress.warn(`The connection to the cluster is lost (${messageOf(error)}); reconnecting.`),
  );
  tunnel.on('ready', () => progress.say('The connection to the cluster is back.'));
  return { name, uid, tunnel };
}

function localPort(target: Target, remote: number): number {
  return target.ports.find((pair) => pair.remote === remote)?.local ?? remote;
}

/**
 * Has the agents take the traffic as soon as the local process listens on the first of the ports; until then
 * the originals go on serving. A target without ports joins at once.
 */
export async function joinWhenListening(
  api: Api,
  {
    target,
    session,
    agents,
    processes,
    progress,
    signal,
  }: {
    target: Target;
    session: string;
    agents: Agent[];
    processes: LocalProcesses;
    progress: Progress;
    signal: AbortSignal;
  },
): Promise<void> {
  const [first] = target.ports;
  if (first !== undefined) {
    progress.say(
      `Waiting for the local process to listen on port ${first.local}; until then the original serves.`,
    );
    await waitForLocalProcess(target.ports, { processes, progress, signal });
  }
  await joinReplicaSet(api, target, session, agents, signal);
  progress.say(`${target.name} is served from this machine now.`);
}

/**
 * Resolves once somebody listens on the first of `pairs`. A port that the local process has chosen differently is told
 * as soon as it listens there, once.
 */
export async function waitForLocalProcess(
  pairs: readonly PortPair[],
  { processes, progress, signal }: { processes: LocalProcesses; progress: Progress; signal: AbortSignal },
): Promise<void> {
  const [first] = pairs;
  if (first === undefined) return;
  const { local, remote } = first;
  const expected = new Set(pairs.map((pair) => pair.local));
  await whenSocketsChange(async () => {
    // In this order: what listens on both is not told.
    const others = await portsOf(processes);
    if ((await socketsOn(local)).length > 0) return true;
    for (const port of others.filter((one) => !expected.has(one))) {
      expected.add(port);
      progress.warn(
        `The local process listens on port ${port}, not on ${local}: set "ports": ["${port}:${remote}"] if that is where it serves, or have it listen on ${local}. Until then the original serves.`,
      );
    }
    return undefined;
  }, signal);
}

/**
 * From here on nothing new reaches the local process. `inFlight`: waits for what it is still answering, until
 * `deadline`. An answer takes a round trip, which paces the asking.
 */
export async function giveBack({ tunnel }: Agent, inFlight: boolean, deadline: AbortSignal): Promise<void> {
  let { busy } = await tunnel.leave([], deadline);
  while (inFlight && busy > 0 && !deadline.aborted) ({ busy } = await tunnel.leave([], deadline));
}
