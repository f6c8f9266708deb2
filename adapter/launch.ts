import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { agentPods } from './cluster/agentPod.ts';
import { Api } from './cluster/api.ts';
import { chooseCluster } from './cluster/connection.ts';
import { agentLost, joinReplicaSet, type Agent } from './cluster/join.ts';
import { owner } from './cluster/names.ts';
import { agentPayload } from './cluster/payload.ts';
import { checkPermissions } from './cluster/permissions.ts';
import { placeAgents } from './cluster/place.ts';
import { portForward } from './cluster/portForward.ts';
import { visibleServices } from './cluster/services.ts';
import { commonLabels, findTarget, type Target } from './cluster/target.ts';
import { readConfiguration, type Configuration, type LaunchArguments } from './configuration.ts';
import { findDebugger } from './debugger/presets.ts';
import { LaunchError, messageOf } from './errors.ts';
import { Journal } from './journal.ts';
import { Log } from './log.ts';
import { Administrator } from './machine/administrator.ts';
import { localEnvironment } from './machine/environment.ts';
import { connectLocal } from './machine/local.ts';
import { identify } from './machine/processes.ts';
import { exposeServices } from './machine/services.ts';
import { assertPortsFree, waitForListener } from './machine/sockets.ts';
import type { Progress } from './progress.ts';
import { restoreDetached } from './restore.ts';
import { Tunnel } from './tunnel/tunnel.ts';
import { UndoStack } from './undo.ts';

/** What a launch needs of whoever asks for it: an editor's session, or a command line. */
export interface LaunchContext {
  /** Cancels the launch. */
  signal: AbortSignal;
  progress: Progress;
  /** This program's entry: the elevated helper and the restoring process are started from it. */
  mainScript: string;
  /**
   * Step 8: starts `debug` in the real adapter with these variables (`null` unsets one). Resolves when its
   * launch or attach request has been sent. `onProcess` is told of each debugger process that was started.
   */
  delegate(
    debug: Configuration['debug'],
    environment: Record<string, string | null>,
    debugAdapter: LaunchArguments['debugAdapter'],
    onProcess: (pid: number) => void,
  ): Promise<unknown>;
}

/** A running connection: the local process stands in for the target's pods. */
export interface Connected {
  /**
   * Step 11: the agents give the traffic back, and this machine is as it was. What takes longer in the cluster
   * goes on in a detached process. `inFlight`: wait up to 500 ms for requests that the local process is still
   * answering. Can be called at any time, also twice; never rejects.
   */
  leave(options: { inFlight: boolean }): Promise<void>;
  /** Resolves, with the reason, when the connection has ended by itself. */
  readonly lost: Promise<LaunchError>;
  readonly logPath: string;
}

/**
 * A launch, from the configuration to a process under its debugger that stands in for the target's pods. When
 * it fails or is cancelled, everything it did is undone before it rejects.
 */
export async function launch(raw: unknown, context: LaunchContext): Promise<Connected> {
  const { mainScript } = context;
  const session = randomBytes(4).toString('hex');
  const since = new Date().toISOString();

  // 1. Read the configuration, and make sure that its debugger is there.
  const configuration = readConfiguration(raw);
  const log = new Log(session, configuration.log);
  const progress = logged(context.progress, log);
  const undo = new UndoStack(log);
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  setMaxListeners(0, signal); // Every request and watch of the session listens to it.
  const lost = new Promise<LaunchError>((resolve) => {
    signal.addEventListener('abort', () => signal.reason instanceof LaunchError && resolve(signal.reason));
  });
  const abandon = (error: unknown) => ended.abort(asLaunchError(error));
  progress.say(`Log: ${log.path}`);

  try {
    await findDebugger(
      configuration.debug.type,
      configuration.debugAdapter,
      process.cwd(),
      configuration.debug,
    );

    // 2. Connect: choose the cluster, and ask what we may do there before anything is touched.
    progress.step('Connecting to the cluster');
    const cluster = chooseCluster(configuration);
    const { namespace } = cluster;
    const api = new Api(cluster, configuration.connectTimeoutSeconds);
    await checkPermissions(api, namespace, signal);

    // 3. Find the target.
    progress.step(`Looking for ${configuration.target}`);
    const target = await findTarget(api, namespace, configuration, { owner: owner(), signal });
    progress.say(describe(target));
    if (configuration.debug.request === 'launch')
      await assertPortsFree(target.ports.map(({ local }) => local));
    const services = visibleServices(api, namespace, clusterDomain, signal);

    // From here on things are changed: the journal says which, before each.
    const journal = await Journal.begin({
      session,
      since,
      log: log.path,
      target: target.name,
      cluster: { ...configuration, ...cluster, environment: process.env.KUBECONFIG },
    });
    const restore = once(() => restoreDetached(session, mainScript));
    undo.push('restore the cluster', restore);
    await clearUp(target, journal, { mainScript, progress });

    // 4. Place the agents, one per replica; they take no traffic yet.
    progress.step('Placing the agent');
    const token = randomBytes(32).toString('hex');
    const pods = agentPods({
      ...configuration.agent,
      target,
      session,
      owner: owner(),
      since,
      token,
      payload: await agentPayload(),
    });
    await journal.write({ agents: forLeaving(target, configuration, token, pods.controlPort) });
    if (pods.omitted.length > 0)
      progress.say(
        `Init containers left out, since they write to lasting volumes: ${pods.omitted.join(', ')}`,
      );
    const placed = await placeAgents(api, pods, {
      ...configuration.agent,
      namespace,
      session,
      progress,
      signal,
    });

    // 5. Open the tunnels.
    progress.step('Opening the tunnel');
    const { holdSeconds } = configuration.agent;
    const agents = await Promise.all(
      placed.map(async ({ metadata: { name, uid } }): Promise<Agent> => {
        const tunnel = await Tunnel.open(
          {
            open: (aborted) => portForward(api, namespace, name, pods.controlPort, aborted),
            accept: (remote, aborted) =>
              connectLocal(localPort(target, remote), { holdSeconds, signal: aborted }),
            token,
            holdSeconds,
            log,
          },
          signal,
        );
        undo.push(`close the tunnel to ${name}`, () => tunnel.close());
        tunnel.on('lost', (error) =>
          progress.warn(`The connection to the cluster is lost (${messageOf(error)}); reconnecting.`),
        );
        tunnel.on('ready', () => progress.say('The connection to the cluster is back.'));
        return { name, uid, tunnel };
      }),
    );
    const [first] = agents;
    if (first === undefined)
      throw new LaunchError(
        'target-not-ready',
        `Cannot stand in for "${target.name}": its workload is scaled to zero. Scale it up, then try again.`,
      );
    agentLost(api, target, session, agents, signal).then(abandon, abandon);

    // 6. Collect what the pod sees.
    progress.step('Reading the environment');
    const clusterVariables = first.tunnel.environment(signal);

    // 7. Prepare this machine.
    progress.step('Preparing this machine');
    const exposure = await exposeServices(await services, {
      mode: configuration.useKubernetesServiceEnvironmentVariables ? 'environment' : 'hosts',
      clusterDomain,
      homeNamespace: namespace,
      localPorts: target.ports.map(({ local }) => local),
      connect: (host, port) => first.tunnel.connect(host, port),
      relay: (socket, host, port) => first.tunnel.relay(socket, host, port),
      administrator: async () => {
        await journal.write({ hosts: true });
        const administrator = await Administrator.start({ session, mainScript, log, signal, progress });
        undo.push('end the helper', () => administrator.close());
        return administrator;
      },
      undo,
      log,
      progress,
      signal,
    });
    const environment = localEnvironment({
      cluster: await clusterVariables,
      named: new Set((target.container.env ?? []).map(({ name }) => name)),
      services: exposure.services,
      user: configuration.env ?? {},
      homeNamespace: namespace,
    });

    // 8. Delegate to the real debugger.
    progress.step(`Starting the debugger (${configuration.debug.type})`);
    await context.delegate(configuration.debug, environment, configuration.debugAdapter, (pid) => {
      void identify(pid).then(
        (identity) =>
          identity && journal.write({ debuggers: [...(journal.record.debuggers ?? []), identity] }),
      );
    });

    // 9. Join, as soon as the local process listens.
    joinWhenListening(api, { target, session, agents, progress, signal }).catch(abandon);

    // 10. Stay, until 11.
    return {
      leave: (options) => leave(agents, { ...options, restore, undo, ended, log }),
      lost,
      logPath: log.path,
    };
  } catch (error) {
    log.write('failed', messageOf(error));
    ended.abort(error);
    await undo.undo();
    await log.close();
    if (context.signal.aborted)
      throw new LaunchError('cancelled', 'The launch was cancelled; everything is as it was.', {
        cause: error,
      });
    throw asLaunchError(error);
  }
}

/** The cluster's DNS domain, as nearly every cluster has it. */
const clusterDomain = 'cluster.local';

/**
 * Undoes what earlier sessions left: those of this user whose process has died, and those on the same target,
 * which this session takes over. Each goes in a process of its own while this launch goes on.
 */
async function clearUp(
  target: Target,
  own: Journal,
  { mainScript, progress }: { mainScript: string; progress: Progress },
): Promise<void> {
  for (const journal of await Journal.all()) {
    const { session, since, target: other } = journal.record;
    if (session === own.record.session) continue;
    const taken = target.previousSessions.includes(session);
    if (!taken && (await journal.isLive())) continue;
    progress.say(
      `${taken ? 'Taking over from' : 'Restoring what was left of'} the session ${session} on ${other}, begun ${since}.`,
    );
    restoreDetached(session, mainScript);
  }
}

function forLeaving(target: Target, { agent }: Configuration, token: string, controlPort: number) {
  const { name, uid } = target.replicaSet.metadata;
  const { spareLabel, routedWithoutSpare } = target;
  const { leaveSeconds } = agent;
  return {
    token,
    controlPort,
    spareLabel,
    routedWithoutSpare,
    labels: commonLabels(target),
    replicaSet: { name, uid },
    leaveSeconds,
  };
}

/** Until the local process listens on the first of the ports, the original goes on serving. */
async function joinWhenListening(
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

async function leave(
  agents: readonly Agent[],
  {
    inFlight,
    restore,
    undo,
    ended,
    log,
  }: { inFlight: boolean; restore: () => void; undo: UndoStack; ended: AbortController; log: Log },
): Promise<void> {
  if (!ended.signal.aborted) {
    const deadline = AbortSignal.timeout(inFlight ? 500 : 250);
    await Promise.allSettled(agents.map((agent) => giveBack(agent, inFlight, deadline)));
    ended.abort(new LaunchError('cancelled', 'The session has ended.'));
    restore();
  }
  await undo.undo();
  await log.close();
}

/** From here on nothing new reaches the local process; what it is answering may be waited for. */
async function giveBack({ tunnel }: Agent, inFlight: boolean, deadline: AbortSignal): Promise<void> {
  let { busy } = await tunnel.leave([], deadline);
  while (inFlight && busy > 0 && !deadline.aborted) ({ busy } = await tunnel.leave([], deadline));
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

function localPort(target: Target, remote: number): number {
  return target.ports.find((pair) => pair.remote === remote)?.local ?? remote;
}

function describe({ name, namespace, container, replicas, ports }: Target): string {
  const pairs = ports
    .map(({ local, remote }) => (local === remote ? `${local}` : `${remote} → ${local}`))
    .join(', ');
  return `${name} in ${namespace}: container ${container.name}, ${replicas} ${replicas === 1 ? 'pod' : 'pods'}, ${ports.length === 0 ? 'no ports' : `ports ${pairs}`}`;
}

function logged(progress: Progress, log: Log): Progress {
  const tell = (kind: 'step' | 'say' | 'warn') => (text: string) => {
    log.write(kind, text);
    progress[kind](text);
  };
  return { step: tell('step'), say: tell('say'), warn: tell('warn') };
}

function asLaunchError(error: unknown): LaunchError {
  return error instanceof LaunchError
    ? error
    : new LaunchError('cluster-refused', `Cannot go on: ${messageOf(error)}`, { cause: error });
}
