import type { Api } from './cluster/api.ts';
import { joinReplicaSet, type Agent } from './cluster/join.ts';
import { portForward } from './cluster/portForward.ts';
import type { Pod } from './cluster/resources.ts';
import type { Target } from './cluster/target.ts';
import { messageOf } from './errors.ts';
import type { Log } from './log.ts';
import { connectLocal } from './machine/local.ts';
import { waitForListener } from './machine/sockets.ts';
import type { Progress } from './progress.ts';
import { Tunnel } from './tunnel/tunnel.ts';
import type { UndoStack } from './undo.ts';

export interface TunnelsOptions {
  target: Target;
  token: string;
  controlPort: number;
  startupTimeoutSeconds: number;
  holdSeconds: number;
  undo: UndoStack;
  log: Log;
  progress: Progress;
  signal: AbortSignal;
}

/** Opens a tunnel to each agent, all at once; what the agents accept is connected to the local process. */
export async function openTunnels(api: Api, pods: readonly Pod[], options: TunnelsOptions): Promise<Agent[]> {
  return Promise.all(pods.map(({ metadata: { name, uid } }) => openTunnel(api, { name, uid }, options)));
}

async function openTunnel(
  api: Api,
  { name, uid }: { name: string; uid: string },
  { target, token, controlPort, holdSeconds, undo, log, progress, ...options }: TunnelsOptions,
): Promise<Agent> {
  const deadline = AbortSignal.timeout(options.startupTimeoutSeconds * 1000);
  const tunnel = await Tunnel.open(
    {
      open: (signal) => portForward(api, target.namespace, name, controlPort, signal),
      accept: (remote, signal) => connectLocal(localPort(target, remote), { holdSeconds, signal }),
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
    progress,
    signal,
  }: { target: Target; session: string; agents: Agent[]; progress: Progress; signal: AbortSignal },
): Promise<void> {
  const [first] = target.ports;
  if (first !== undefined) {
    progress.say(
      `Waiting for the local process to listen on port ${first.local}; until then the original serves.`,
    );
    await waitForListener(first.local, { signal });
  }
  await joinReplicaSet(api, target, session, agents, signal);
  progress.say(`${target.name} is served from this machine now.`);
}

/**
 * From here on nothing new reaches the local process. `inFlight`: waits for what it is still answering, until
 * `deadline`. An answer takes a round trip, which paces the asking.
 */
export async function giveBack({ tunnel }: Agent, inFlight: boolean, deadline: AbortSignal): Promise<void> {
  let { busy } = await tunnel.leave([], deadline);
  while (inFlight && busy > 0 && !deadline.aborted) ({ busy } = await tunnel.leave([], deadline));
}
