import { Api } from '../cluster/api.ts';
import { chooseCluster, type ClusterChoice } from '../cluster/connection.ts';
import { owner } from '../cluster/names.ts';
import { clusterSessions, type AgentState, type ClusterSession } from '../cluster/sessions.ts';
import { askControl, controlPath } from '../control.ts';
import type { Report, SessionState } from '../diagnostics.ts';
import { asLaunchError, type LaunchError } from '../errors.ts';
import { Journal } from '../journal.ts';

/** How long the API server, and a session of this machine, may take to answer. */
const clusterPatienceSeconds = 5;
const sessionPatienceMs = 5000;

/**
 * What a session is doing. `restoring`: it is being undone; `dead`: nobody answers for it any more, on this machine;
 * `lost`: the same, and its journal is gone too.
 */
export type ListedState = SessionState | AgentState | 'restoring' | 'dead' | 'lost';

/** A session, as far as this machine and the cluster know of it. */
export interface ListedSession {
  session: string;
  state: ListedState;
  /** Whether it was begun on this machine, by this user. */
  here: boolean;
  target?: string | undefined;
  namespace: string;
  context?: string | undefined;
  owner?: string | undefined;
  since?: string | undefined;
  log?: string;
  pods: ClusterSession['pods'];
  /** Of one that runs here, when asked for. */
  diagnostics?: Report;
}

export interface Listing {
  sessions: ListedSession[];
  /** What was looked at in the cluster, or why it could not be. */
  cluster: { context: string; namespace: string; everywhere: boolean } | { error: LaunchError };
}

/**
 * Every session of this user on this machine, and everybody's in the cluster. A cluster that cannot be asked hides
 * nothing of what is known here; it may take `connectTimeoutSeconds`, by default 5. `diagnostics`: asks each session that
 * runs here for them too.
 */
export async function listSessions(
  choice: ClusterChoice,
  diagnostics: { showSecrets: boolean } | undefined,
  asking: { connectTimeoutSeconds?: number; signal?: AbortSignal } = {},
): Promise<Listing> {
  const journals = await Journal.all();
  const [here, there] = await Promise.all([
    Promise.all(journals.map((journal) => describe(journal, diagnostics))),
    inCluster(choice, asking),
  ]);
  const pods = new Map('error' in there ? [] : there.sessions.map((one) => [one.session, one.pods]));
  const local = here.map((session) => ({ ...session, pods: pods.get(session.session) ?? [] }));
  if ('error' in there) return { sessions: local, cluster: there };
  const known = new Set(local.map(({ session }) => session));
  const others = there.sessions.filter(({ session }) => !known.has(session));
  const { context, namespace, everywhere } = there;
  return {
    sessions: [...local, ...others.map((session) => foreign(session, context))],
    cluster: { context, namespace, everywhere },
  };
}

async function describe(
  journal: Journal,
  diagnostics: { showSecrets: boolean } | undefined,
): Promise<ListedSession> {
  const { session, target, since, log, cluster, restoring } = journal.record;
  const path = controlPath(session);
  const live = await journal.isLive();
  const ask = live && restoring !== true;
  const patience = AbortSignal.timeout(sessionPatienceMs);
  const unanswered = () => undefined; // Busy, or just beginning or ending: what is known without it is told.
  const [answer, report] = await Promise.all([
    ask ? askControl(path, { question: 'state' }, patience).catch(unanswered) : undefined,
    ask && diagnostics
      ? askControl(path, { question: 'diagnostics', ...diagnostics }, patience).catch(unanswered)
      : undefined,
  ]);
  const silent = restoring === true ? 'restoring' : 'starting';
  return {
    session,
    state: live ? (answer?.state ?? silent) : 'dead',
    here: true,
    target,
    namespace: cluster.namespace,
    context: cluster.context,
    owner: owner(),
    since,
    log,
    pods: [],
    ...(report && { diagnostics: report }),
  };
}

function foreign(session: ClusterSession, context: string): ListedSession {
  const mine = session.owner === owner();
  const over = session.state === 'finished' || session.state === 'leaving';
  return { ...session, context, here: mine, state: mine && !over ? 'lost' : session.state };
}

async function inCluster(
  choice: ClusterChoice,
  {
    connectTimeoutSeconds = clusterPatienceSeconds,
    signal = new AbortController().signal,
  }: { connectTimeoutSeconds?: number; signal?: AbortSignal },
): Promise<
  | { sessions: ClusterSession[]; everywhere: boolean; context: string; namespace: string }
  | { error: LaunchError }
> {
  try {
    const connection = chooseCluster(choice);
    const { context, namespace } = connection;
    const api = new Api(connection, connectTimeoutSeconds);
    const found = await clusterSessions(api, namespace, signal);
    return { ...found, context, namespace };
  } catch (error) {
    return { error: asLaunchError(error) };
  }
}
