import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Api } from './cluster/api.ts';
import { chooseCluster } from './cluster/connection.ts';
import { agentLost, type Agent } from './cluster/join.ts';
import { owner } from './cluster/names.ts';
import { checkPermissions } from './cluster/permissions.ts';
import { selectServices } from './cluster/selection.ts';
import { describeTarget, findTarget } from './cluster/target.ts';
import { serverVersion } from './cluster/version.ts';
import { readConfiguration, type Configuration, type LaunchArguments } from './configuration.ts';
import type { Question } from './dap/questions.ts';
import { Diagnostics, type Summary } from './diagnostics.ts';
import { asLaunchError, cancelled, LaunchError, messageOf } from './errors.ts';
import { keep, resume } from './handover.ts';
import { checkIsolation } from './isolation.ts';
import type { Journal } from './journal.ts';
import { makePortsFree, waitUntilPortsFree } from './localports.ts';
import { Log } from './log.ts';
import { onDemand } from './machine/administrator.ts';
import type { LocalProcesses } from './machine/processes/elsewhere.ts';
import { externalEndpoints } from './machine/services/externalendpoints.ts';
import type { Isolation } from './machine/namespace/namespace.ts';
import { readPodPorts } from './machine/services/podports.ts';
import { identify } from './machine/processes/processes.ts';
import { placeAgents } from './placement.ts';
import { withProcessConfiguration } from './processConfiguration.ts';
import { logged, type Progress } from './progress.ts';
import { restoreDetached, sessionsToRestore } from './restore.ts';
import type { Scope } from './scope.ts';
import { beginSession } from './beginning.ts';
import { askAhead, collect, prepare } from './surroundings.ts';
import { giveBack, joinWhenListening, openTunnels } from './traffic.ts';
import { Counted } from './tunnel/counted.ts';
import { UndoStack } from './undo.ts';

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
  /** Writes a line about each message of the session. Default: nobody wants it. */
  trace?: (line: string) => void;
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
  /**
   * Instead of leaving: the next launch with the same configuration goes on with this connection, or it is left after
   * a while. Rejects where it cannot be kept.
   */
  keep(): Promise<void>;
  /** Resolves, with the reason, when the connection has ended by itself. */
  readonly lost: Promise<LaunchError>;
  readonly logPath: string;
  /** What is known of the session, for whoever asks how it is. */
  readonly diagnostics: Pick<Diagnostics, 'report' | 'namesOfTheSession'> & {
    summary(): Summary | Promise<Summary>;
  };
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
  // An editor that restarts comes back for the connection it had.
  const resumed = reading ? undefined : await resume(configuration, context);
  if (resumed) return resumed;
  const log = new Log(session, configuration.log);
  const diagnostics = new Diagnostics({ session, since, log: log.path });
  const progress = logged(context.progress, log, (text) => diagnostics.warn(text));
  const undo = new UndoStack(log);
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  setMaxListeners(0, signal); // Every request and watch of the session listens to it.
  const scope: Scope = { session, since, mainScript, log, progress, undo, signal, diagnostics };
  const lost = new Promise<LaunchError>((resolve) => {
    signal.addEventListener('abort', () => signal.reason instanceof LaunchError && resolve(signal.reason));
  });
  const abandon = (error: unknown) => {
    diagnostics.enter('lost');
    ended.abort(asLaunchError(error));
  };
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

    // 3. Find the target, and make sure that its ports can be had here.
    progress.step(`Looking for ${configuration.target}`);
    const found = await findTarget(api, namespace, configuration, { owner: owner(), signal });
    const target = reading ? { ...found, replicas: 1, previousSessions: [] } : found;
    progress.say(describeTarget(target));
    diagnostics.note({ target: target.name, ports: target.ports });
    const earlier = await sessionsToRestore(target.previousSessions);
    const administrator = onDemand(scope, undo);
    const ports = await makePortsFree(configuration.debug.request === 'launch' ? target.ports : [], {
      ...scope,
      administrator,
      conflict: configuration.portConflict,
      ask: context.ask?.bind(context),
      ending: earlier.map(({ record }) => record.session),
    });
    const podPorts = readPodPorts(
      configuration.podPorts ?? [],
      target.ports.map(({ local }) => local),
    );
    const ahead = await askAhead(api, target, { selections, processConfiguration, signal });

    // From here on things are changed: the journal says which, before each.
    const { journal, restore } = await beginSession({ target, cluster, configuration }, scope);
    for (const { record } of earlier) {
      progress.say(
        `Restoring what the session ${record.session} on ${record.target} did, begun ${record.since}.`,
      );
      restoreDetached(record.session, mainScript);
    }

    // 4. Place the agents, one per replica; they take no traffic yet.
    progress.step('Placing the agent');
    const placed = await placeAgents(api, { target, journal, options: configuration.agent }, scope);

    // 5. Open the tunnels.
    progress.step('Opening the tunnel');
    const counted = new Counted();
    const agents = await openTunnels(api, placed, { ...configuration.agent, ...scope, target, counted });
    diagnostics.note({ agents, counted });
    agentLost(api, target, session, agents, signal).then(abandon, abandon);

    // 6. Collect what the pod sees: variables, names, volumes and secrets.
    progress.step('Reading the environment');
    const { tunnel } = agents[0];
    const collected = collect(tunnel, placed.pods[0], configuration.volumes, scope);

    // 7. Prepare this machine.
    progress.step('Preparing this machine');
    // An earlier session's debuggee goes with it: this takes until the originals serve again.
    const patience = earlier.length > 0 ? configuration.agent.leaveSeconds * 1000 : 0;
    await waitUntilPortsFree(ports, { patience, signal });
    const { environment, isolation } = await prepare(
      { configuration, processConfiguration, endpoints, podPorts, target, pod: placed.pods[0] },
      { ahead, collected, tunnel, administrator, journal },
      scope,
    );

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
    const trace = (line: string) => log.write('trace', line);
    const given = { environment, isolation, ...(configuration.trace && { trace }) };
    await context.delegate({ debug, debugAdapter, ...given, onProcess });

    // 9. Join, as soon as the local process listens.
    diagnostics.enter('waiting');
    if (!reading)
      joinWhenListening(api, { target, session, agents, processes, progress, signal }).then(
        () => diagnostics.enter('joined'),
        abandon,
      );

    // 10. Stay, until 11.
    const connected = {
      leave: (how: Parameters<Connected['leave']>[0]) =>
        leave(agents, how, { ...scope, journal, restore, ended }),
      lost,
    };
    const held = { given, ports: ports.pairs, configuration, onProcess, connected };
    return { ...connected, keep: () => keep(held, { ...scope, journal }), logPath: log.path, diagnostics };
  } catch (error) {
    log.write('failed', messageOf(error));
    ended.abort(error);
    await undo.undo();
    await log.close();
    if (context.signal.aborted) throw cancelled(error);
    throw Object.assign(asLaunchError(error), { log: log.path });
  }
}

async function leave(
  agents: readonly Agent[],
  { inFlight, alone }: Parameters<Connected['leave']>[0],
  scope: Scope & { journal: Journal; restore: () => void; ended: AbortController },
): Promise<void> {
  const { journal, restore, ended, undo, log, diagnostics } = scope;
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
