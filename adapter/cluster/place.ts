import { LaunchError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { ApiError, type Api } from './api.ts';
import type { AgentPods } from './agentPod.ts';
import { sessionLabel } from './names.ts';
import type { Pod } from './resources.ts';
import { watchUntil } from './watch.ts';

export interface PlaceOptions {
  namespace: string;
  session: string;
  image: string;
  startupTimeoutSeconds: number;
  progress: Progress;
  signal: AbortSignal;
}

/** What the kubelet says of a container whose image it cannot get. */
const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);
/** What it says of a container it cannot create; trying again does not help. */
const creationReasons = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/**
 * Step 4 of a launch: creates the agents' pods and waits until their agents run. They take no traffic yet.
 * Fails with the words of whoever refused: admission, the scheduler or the kubelet.
 */
export async function createAgents(api: Api, pods: AgentPods, options: PlaceOptions): Promise<Pod[]> {
  const { namespace, session, signal } = options;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  signal.throwIfAborted();
  // All of them are waited for, and none is broken off: a pod whose creation nobody knows of would stay.
  const created = await Promise.allSettled(
    pods.manifests.map((manifest) => api.request(path, { method: 'POST', body: manifest })),
  );
  signal.throwIfAborted();
  for (const [index, result] of created.entries()) {
    if (result.status === 'fulfilled') continue;
    const manifest = pods.manifests[index];
    if (!(result.reason instanceof ApiError) || manifest === undefined) throw result.reason;
    throw refused(manifest, result.reason);
  }
  const deadline = AbortSignal.timeout(options.startupTimeoutSeconds * 1000);
  let last: Pod[] = [];
  let scheduler: string | undefined;
  try {
    return await watchUntil<Pod, Pod[]>(
      api,
      path,
      { labelSelector: `${sessionLabel}=${session}` },
      (agents) => {
        last = agents;
        for (const agent of agents) failIfHopeless(agent, options.image);
        const unscheduled = agents.map(unschedulable).find((message) => message !== undefined);
        if (unscheduled !== undefined && unscheduled !== scheduler) {
          scheduler = unscheduled;
          options.progress.say(`The scheduler finds no node for the agent yet: ${unscheduled}`);
        }
        return agents.length === pods.manifests.length && agents.every(runs) ? agents : undefined;
      },
      AbortSignal.any([signal, deadline]),
    );
  } catch (error) {
    if (signal.aborted || !deadline.aborted) throw error;
    throw tooSlow(last, options);
  }
}

/**
 * Asks the API server whether it would take an agent's pod: admission, quotas and all, but nothing is created (`dryRun`
 * of the Kubernetes API). Fails with `agent-refused`.
 */
export async function tryAgent(api: Api, { manifests }: AgentPods, signal: AbortSignal): Promise<void> {
  const [manifest] = manifests;
  if (manifest === undefined) return; // A workload that was scaled down has none.
  const path = `/api/v1/namespaces/${manifest.metadata.namespace ?? ''}/pods`;
  try {
    await api.request(path, { method: 'POST', query: { dryRun: 'All' }, body: manifest, signal });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw refused(manifest, error);
  }
}

function refused(
  { metadata: { name = '', namespace = '' } }: AgentPods['manifests'][number],
  error: ApiError,
) {
  return new LaunchError(
    'agent-refused',
    `Cannot place the agent "${name}" in the namespace "${namespace}": ${error.message}`,
    { cause: error },
  );
}

function agentStatus(pod: Pod) {
  const name = pod.spec.containers[0]?.name;
  return pod.status?.containerStatuses?.find((status) => status.name === name);
}

function runs(pod: Pod): boolean {
  return agentStatus(pod)?.state?.running !== undefined;
}

function failIfHopeless(pod: Pod, image: string): void {
  const { name } = pod.metadata;
  const status = agentStatus(pod);
  const waiting = status?.state?.waiting;
  if (waiting?.reason !== undefined && imageReasons.has(waiting.reason)) {
    throw new LaunchError(
      'image-unavailable',
      `Cannot start the agent: the image "${image}" cannot be pulled (${waiting.reason}: ${waiting.message ?? 'no reason given'}). Set "agent.image" to one that the cluster can pull, with Node.js 20 or newer.`,
      { attribute: 'agent.image' },
    );
  }
  if (waiting?.reason !== undefined && creationReasons.has(waiting.reason)) {
    throw new LaunchError(
      'agent-not-started',
      `Cannot start the agent "${name}": ${waiting.reason}: ${waiting.message ?? 'no reason given'}. See "kubectl describe pod ${name}".`,
    );
  }
  const ended = status?.state?.terminated;
  if (ended !== undefined || pod.status?.phase === 'Failed') {
    const why =
      ended === undefined
        ? (pod.status?.message ?? pod.status?.reason ?? 'Failed')
        : `exit code ${ended.exitCode}, ${[ended.reason, ended.message].filter(Boolean).join(': ') || 'no reason given'}`;
    throw new LaunchError(
      'agent-not-started',
      `Cannot start the agent "${name}": it ended at once (${why}). Check that "agent.image" has Node.js 20 or newer.`,
      { attribute: 'agent.image' },
    );
  }
}

function unschedulable(pod: Pod): string | undefined {
  const condition = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  return condition?.message;
}

function tooSlow(pods: Pod[], { startupTimeoutSeconds }: PlaceOptions): LaunchError {
  const scheduler = pods.map(unschedulable).find((message) => message !== undefined);
  if (scheduler !== undefined) {
    return new LaunchError(
      'agent-unschedulable',
      `Cannot place the agent: no node took it within ${startupTimeoutSeconds} s (${scheduler}). Free a node, or raise "agent.startupTimeoutSeconds".`,
      { attribute: 'agent.startupTimeoutSeconds' },
    );
  }
  const late = pods.find((pod) => !runs(pod));
  const waiting = [
    ...(late?.status?.initContainerStatuses ?? []),
    ...(late?.status?.containerStatuses ?? []),
  ].find((status) => status.state?.waiting !== undefined || status.started === false);
  const words =
    waiting?.state?.waiting?.message ??
    waiting?.state?.waiting?.reason ??
    late?.status?.phase ??
    'no status yet';
  return new LaunchError(
    'agent-not-started',
    `Cannot start the agent "${late?.metadata.name ?? ''}" within ${startupTimeoutSeconds} s: ${waiting === undefined ? '' : `container "${waiting.name}": `}${words}. Raise "agent.startupTimeoutSeconds", or see "kubectl describe pod ${late?.metadata.name ?? ''}".`,
    { attribute: 'agent.startupTimeoutSeconds' },
  );
}
