import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { agentPods } from './cluster/agentPod.ts';
import { Api } from './cluster/api.ts';
import { chooseCluster, type ClusterConnection } from './cluster/connection.ts';
import { agentLost, type Agent } from './cluster/join.ts';
import { mountsOf } from './cluster/mounts.ts';
import { owner } from './cluster/names.ts';
import { agentPayload } from './cluster/payload.ts';
import { checkPermissions } from './cluster/permissions.ts';
import { placeAgents } from './cluster/place.ts';
import { portsOfOthers } from './cluster/ports.ts';
import { missingServices, selectServices } from './cluster/selection.ts';
import { apiServer, followServices } from './cluster/services.ts';
import { commonLabels, describeTarget, findTarget, type Target } from './cluster/target.ts';
import { serverVersion } from './cluster/version.ts';
import { readConfiguration, type Configuration, type LaunchArguments } from './configuration.ts';
import { controlPath, serveControl } from './control.ts';
import { Diagnostics } from './diagnostics.ts';
import { asLaunchError, LaunchError, messageOf } from './errors.ts';
import type { Question } from './dap/questions.ts';
import { checkIsolation } from './isolation.ts';
import { Journal, type JournalRecord } from './journal.ts';
import { makePortsFree, waitUntilPortsFree } from './localports.ts';
import { Log } from './log.ts';
import { onDemand } from './machine/administrator.ts';
import type { LocalProcesses } from './machine/elsewhere.ts';
import { originalEnvironment } from './cluster/originalEnvironment.ts';
import { localEnvironment } from './machine/environment.ts';
import { sessionFolder } from './machine/folders.ts';
import type { Bind, Isolation } from './machine/namespace.ts';
import { identify } from './machine/processes.ts';
import { externalEndpoints } from './machine/externalendpoints.ts';
import { clusterDomains, doubtfulNames } from './machine/hostnames.ts';
import { choosePodPorts, exposePodPorts, readPodPorts } from './machine/podports.ts';
import { PublicNames } from './machine/publicnames.ts';
import { exposeServices } from './machine/services.ts';
import { makeFolder, removeFolder } from './machine/sessionfolder.ts';
import { copyVolumes } from './machine/volumes/copy.ts';
import { foldersOf } from './machine/volumes/memory.ts';
import { checkServices, checkVolumes, resolveVariables } from './processConfig/resolve.ts';
import { linkVolumes, volumesOf, withProcessConfiguration } from './processConfiguration.ts';
import { logged, type Progress } from './progress.ts';
import { restoreDetached, sessionsToRestore } from './restore.ts';
import { giveBack, joinWhenListening, openTunnels } from './traffic.ts';
import { UndoStack } from './undo.ts';
import { variablesOf } from './variables.ts';

/** What a launch needs of whoever asks for it: an editor's session, or a command line. */
export interface LaunchContext {
  /** Cancels the launch. */
  signal: AbortSignal;
  progress: Progress;
  /** This program's entry: the elevated helper and the restoring process are started from it. */
  mainScript: string;
  /**
   * Step 1: makes sure that what `delegate` is going to start is there, before anything is touched. Resolves with
   * what it is, for the user, e.g. "the debugger (pwa-node)".
   */
  find(configuration: Configuration): Promise<string>;
  /**
   * Asks the user something, and waits for one of the choices. Missing where nobody can be asked. Rejects with the
   * signal's reason.
   */
  ask?(question: Question, signal: AbortSignal): Promise<string>;
  /**
   * Only the local process's variables are wanted: nobody's session is taken over, and the one agent that is placed
   * never joins. Default: false.
   */
  reading?: boolean;
  /** Step 8: starts the local process. Resolves when it, or the debugger that will start it, has been told to. */
  delegate(given: Delegation): Promise<unknown>;
}

/** What the local process is started with. */
export interface Delegation {
  /** The user's own configuration, and the adapter that serves it. */
  debug: Configuration['debug'];
  debugAdapter: LaunchArguments['debugAdapter'];
  /** Variables over this machine's; `null` unsets one. */
  environment: Record<string, string | null>;
  /** What the local process is to see at other paths, in a mount namespace of its own; `undefined`: nothing. */
  isolation: Isolation | undefined;
  /** Told of each process that was started and has to end with the session. Default: it is the local process. */
  onProcess: (pid: number, role?: 'debugger' | 'debuggee') => void;
}

/** A running connection: the local process stands in for the target's pods. */
export interface Connected {
  /**
   * Step 11: the agents give the traffic back, and this machine is as it was. What takes longer in the cluster
   * goes on in a detached process. `inFlight`: wait up to 500 ms for requests that the local process is still
   * answering. `alone`: the debuggee goes on without its debugger. Can be called at any time, also twice; never
   * rejects.
   */
  leave(options: { inFlight: boolean; alone: boolean }): Promise<void>;
  /** Resolves, with the reason, when the connection has ended by itself. */
  readonly lost: Promise<LaunchError>;
  readonly logPath: string;
  /** What is known of the session, for whoever asks how it is. */
  readonly diagnostics: Diagnostics;
}

/**
 * A launch, from the configuration to a process under its debugger that stands in for the target's pods. When
 * it fails or is cancelled, everything it did is undone before it rejects.
 */
export async function launch(raw: unknown, context: LaunchContext): Promise<Connected> {
  const { mainScript, reading = false } = context;
  const session = randomBytes(4).toString('hex');
  const since = new Date().toISOString();

  // 1. Read the configuration, and make sure that what it is to start is there.
  const configuration = readConfiguration(raw);
  const log = new Log(session, configuration.log);
  const progress = logged(context.progress, log);
  const diagnostics = new Diagnostics({ session, since, log: log.path });
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
    const program = await context.find(configuration);
    await checkIsolation(configuration, signal);
    const { processConfiguration, ...asked } = await withProcessConfiguration(configuration, progress);
    const endpoints = externalEndpoints(asked.externalEndpoints);

    // 2. Connect: choose the cluster, and ask what we may do there before anything is touched.
    progress.step('Connecting to the cluster');
    const cluster = chooseCluster(configuration);
    const { namespace } = cluster;
    const api = new Api(cluster, configuration.connectTimeoutSeconds);
    const kubernetes = () => serverVersion(api, signal);
    const { context: name, server } = cluster;
    diagnostics.note({ owner: owner(), program, namespace, context: name, server, kubernetes });
    const selections = await selectServices(api, namespace, asked.services, signal);
    await checkPermissions(api, namespace, selections, signal);

    // 3. Find the target.
    progress.step(`Looking for ${configuration.target}`);
    const found = await findTarget(api, namespace, configuration, { owner: owner(), signal });
    const target = reading ? { ...found, replicas: 1, previousSessions: [] } : found;
    progress.say(describeTarget(target));
    diagnostics.note({ target: target.name, ports: target.ports });
    const localPorts = target.ports.map(({ local }) => local);
    const earlier = await sessionsToRestore(target.previousSessions);
    const ending = earlier.map(({ record }) => record.session);
    const administrator = onDemand({ session, mainScript, log, signal, progress }, undo);
    // What is attached to has its port already.
    const needed = configuration.debug.request === 'launch' ? target.ports : [];
    const ask = context.ask?.bind(context);
    const conflict = configuration.portConflict;
    const ports = await makePortsFree(needed, {
      ...{ conflict, ask, administrator, ending },
      ...{ mainScript, progress, signal },
    });
    const podPorts = readPodPorts(configuration.podPorts ?? [], localPorts);
    const services = followServices(api, selections, signal);
    const publicNames = new PublicNames();
    // Asked for while the agents are placed; met further down.
    void later(
      services.first.then((all) => publicNames.among(all.flatMap((each) => doubtfulNames(each, namespace)))),
    );

    if (processConfiguration !== undefined) {
      checkVolumes(processConfiguration, volumesOf(target));
      checkServices(processConfiguration, await services.first, namespace);
    }
    // What the image sets nobody else tells, and the original leaves at step 9.
    const original = later(originalEnvironment(api, target, signal));

    // From here on things are changed: the journal says which, before each.
    const journal = await Journal.begin({
      session,
      since,
      log: log.path,
      target: target.name,
      cluster: clusterOf(configuration, cluster),
      folders: foldersOf(session),
    });
    const restore = once(() => restoreDetached(session, mainScript));
    undo.push('restore the cluster', restore);
    for (const folder of foldersOf(session)) undo.push(`remove ${folder}`, () => removeFolder(folder));
    await makeFolder(sessionFolder(session));
    await serveControl(controlPath(session), diagnostics, { undo, log });
    for (const { record } of earlier) {
      progress.say(
        `Restoring what the session ${record.session} on ${record.target} did, begun ${record.since}.`,
      );
      restoreDetached(record.session, mainScript);
    }

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
    const agents = await openTunnels(api, placed, {
      target,
      token,
      controlPort: pods.controlPort,
      ...configuration.agent,
      undo,
      log,
      progress,
      signal,
    });
    const [first] = agents;
    if (first === undefined)
      throw new LaunchError(
        'target-not-ready',
        `Cannot stand in for "${target.name}": its workload is scaled to zero. Scale it up, then try again.`,
      );
    diagnostics.note({ agents });
    agentLost(api, target, session, agents, signal).then(abandon, abandon);

    // 6. Collect what the pod sees.
    progress.step('Reading the environment');
    const pod = later(first.tunnel.pod(signal));
    const volumes = later(
      copyVolumes(placed[0] === undefined ? [] : mountsOf(placed[0]), {
        session,
        choice: configuration.volumes,
        source: first.tunnel,
        undo,
        log,
        progress,
        signal,
      }),
    );

    // 7. Prepare this machine.
    progress.step('Preparing this machine');
    const binds: Bind[] = []; // What the local process alone is to see.
    // An earlier session's debuggee goes with it: this takes until the originals serve again.
    const patience = earlier.length > 0 ? configuration.agent.leaveSeconds * 1000 : 0;
    await waitUntilPortsFree(ports, { patience, signal });
    const outward = {
      connect: (host: string, port: number) => first.tunnel.connect(host, port),
      relay: (socket: Socket, host: string, port: number) => first.tunnel.relay(socket, host, port),
      ...{ localPorts, undo, log, progress, signal },
    };
    const mode = modeOf(configuration);
    const hostsFile = join(sessionFolder(session), 'hosts');
    if (mode === 'private') binds.push({ from: hostsFile, to: '/etc/hosts' });
    const visible = await services.first;
    for (const missing of missingServices(selections, visible))
      progress.warn(`There is no service "${missing}" yet: it is reached when it comes.`);
    const exposure = await exposeServices(visible, {
      ...outward,
      ...{ session, mode, hostsFile, publicNames, changes: services.changes },
      also: [...apiServer((await pod).environment), ...endpoints],
      clusterDomains: clusterDomains((await pod).searches, namespace),
      homeNamespace: namespace,
      administrator: async () => {
        await journal.write({ hosts: true });
        const helper = await administrator();
        await helper.removeAtEnd(foldersOf(session));
        return helper;
      },
    });
    const declared = portsOfOthers(placed[0], target.container.name);
    await exposePodPorts(choosePodPorts(declared, podPorts), outward);
    const copied = await volumes;
    if (configuration.volumes.at === 'realPaths') binds.push(...copied.binds);
    if (processConfiguration !== undefined)
      await linkVolumes(processConfiguration, copied.mounts, { journal, undo });
    const named = new Set((target.container.env ?? []).map(({ name }) => name));
    const environment = localEnvironment({
      cluster: variablesOf({ agent: (await pod).environment, original: await original, named }, progress),
      named,
      services: exposure.services,
      volumes: copied.environment,
      homeNamespace: namespace,
      everyLink: configuration.useKubernetesServiceEnvironmentVariables,
      choice: configuration.environment,
      file: resolveVariables(processConfiguration, {
        services: exposure.services,
        volumes: copied.mounts,
        homeNamespace: namespace,
      }),
      user: configuration.env ?? {},
    });
    diagnostics.note({ exposure, environment, mounts: copied.mounts });

    // 8. Delegate to the real debugger, or to whatever runs the local process.
    progress.step(`Starting ${program}`);
    const { debug, debugAdapter } = configuration;
    const processes: LocalProcesses = { debuggers: new Set(), debuggees: new Set() };
    const onProcess: Delegation['onProcess'] = (pid, role = 'debuggee') => {
      processes[`${role}s`].add(pid);
      void identify(pid).then(async (identity) => {
        if (identity === undefined || signal.aborted) return;
        await journal.write({ debuggers: [...(journal.record.debuggers ?? []), identity] });
      });
    };
    const isolation = binds.length > 0 ? { binds } : undefined;
    await context.delegate({ debug, debugAdapter, environment, isolation, onProcess });

    // 9. Join, as soon as the local process listens.
    diagnostics.enter('waiting');
    if (!reading)
      joinWhenListening(api, { target, session, agents, processes, progress, signal }).then(
        () => diagnostics.enter('joined'),
        abandon,
      );

    // 10. Stay, until 11.
    return {
      leave: (options) => leave(agents, { ...options, journal, restore, undo, ended, log, diagnostics }),
      lost,
      logPath: log.path,
      diagnostics,
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

/** How the local process finds services. */
function modeOf(configuration: Configuration): 'hosts' | 'private' | 'environment' {
  if (configuration.useKubernetesServiceEnvironmentVariables) return 'environment';
  return configuration.hosts === 'private' ? 'private' : 'hosts';
}

/** What it takes to reach the same cluster again: no credentials, which are in the kubeconfig. */
function clusterOf(
  { kubeconfig, connectTimeoutSeconds }: Configuration,
  { context, namespace }: ClusterConnection,
): JournalRecord['cluster'] {
  return { kubeconfig, environment: process.env.KUBECONFIG, context, namespace, connectTimeoutSeconds };
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

async function leave(
  agents: readonly Agent[],
  {
    inFlight,
    alone,
    journal,
    restore,
    undo,
    ended,
    log,
    diagnostics,
  }: {
    inFlight: boolean;
    alone: boolean;
    journal: Journal;
    restore: () => void;
    undo: UndoStack;
    ended: AbortController;
    log: Log;
    diagnostics: Diagnostics;
  },
): Promise<void> {
  diagnostics.enter('leaving');
  if (!ended.signal.aborted) {
    const deadline = AbortSignal.timeout(inFlight ? 500 : 250);
    await Promise.allSettled(agents.map((agent) => giveBack(agent, inFlight, deadline)));
    ended.abort(new LaunchError('cancelled', 'The session has ended.'));
    // What is not written down there is not ended with the session.
    if (alone) await journal.write({ debuggers: [] });
    restore();
  }
  await undo.undo();
  await log.close();
}

/** Something that is awaited further down: until then its failure, or that of a step before, is nobody's surprise. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
