import { ApiError, type Api } from './api.ts';
import {
  isFinished,
  isLeaving,
  ownerAnnotation,
  sessionLabel,
  sessionOf,
  sinceAnnotation,
  targetAnnotation,
} from './names.ts';
import { controllerOf, isReady, type Pod, type ResourceList } from './resources.ts';

/** What an agent's pod is doing. */
export type AgentState = 'starting' | 'waiting' | 'joined' | 'leaving' | 'finished';

/** A session as its agents' pods tell of it. */
export interface ClusterSession {
  session: string;
  namespace: string;
  /** `user@machine`. */
  owner: string | undefined;
  since: string | undefined;
  target: string | undefined;
  state: AgentState;
  pods: { name: string; state: AgentState }[];
}

/** What a session is doing when its agents differ: the first of these that one of them does. */
const telling: readonly AgentState[] = ['leaving', 'joined', 'waiting', 'starting', 'finished'];

/**
 * Everybody's sessions in the cluster, found by their agents: in every namespace where the account may look there,
 * else in `namespace` alone.
 */
export async function clusterSessions(
  api: Api,
  namespace: string,
  signal: AbortSignal,
): Promise<{ sessions: ClusterSession[]; everywhere: boolean }> {
  const query = { labelSelector: sessionLabel };
  const list = (path: string) => api.request<ResourceList<Pod>>(path, { query, signal });
  try {
    const { items } = await list('/api/v1/pods');
    return { sessions: sessionsOf(items, namespace), everywhere: true };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    const { items } = await list(`/api/v1/namespaces/${namespace}/pods`);
    return { sessions: sessionsOf(items, namespace), everywhere: false };
  }
}

function sessionsOf(pods: readonly Pod[], namespace: string): ClusterSession[] {
  const sessions = new Map<string, ClusterSession>();
  for (const pod of pods) {
    const session = sessionOf(pod) ?? '';
    const { annotations = {}, name } = pod.metadata;
    const state = stateOf(pod);
    const known = sessions.get(session) ?? {
      session,
      namespace: pod.metadata.namespace ?? namespace,
      owner: annotations[ownerAnnotation],
      since: annotations[sinceAnnotation],
      target: annotations[targetAnnotation],
      state,
      pods: [],
    };
    known.pods.push({ name, state });
    known.state = telling.find((one) => known.pods.some((other) => other.state === one)) ?? state;
    sessions.set(session, known);
  }
  return [...sessions.values()];
}

function stateOf(pod: Pod): AgentState {
  if (isFinished(pod)) return 'finished';
  if (isLeaving(pod)) return 'leaving';
  if (isReady(pod) && controllerOf(pod) !== undefined) return 'joined';
  return pod.status?.phase === 'Running' ? 'waiting' : 'starting';
}
