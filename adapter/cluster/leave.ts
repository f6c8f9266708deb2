import type { Log } from '../log.ts';
import { messageOf } from '../errors.ts';
import type { Tunnel } from '../tunnel/tunnel.ts';
import { isNotFound, type Api } from './api.ts';
import { isFinished, isLeaving, leavingValue, sessionLabel, sessionOf } from './names.ts';
import {
  controllerOf,
  isReady,
  selectorOf,
  type Pod,
  type ReplicaSet,
  type ResourceList,
} from './resources.ts';
import { watchUntil } from './watch.ts';

export interface LeaveOptions {
  namespace: string;
  session: string;
  spareLabel: string;
  routedWithoutSpare: boolean;
  /** Labels that originals and agents have in common. */
  labels: Record<string, string>;
  replicaSet: { name: string; uid: string };
  /** How long an original may take to be ready before the agents go anyway. */
  leaveSeconds: number;
  /** Opens an outward tunnel to an agent. */
  open: (pod: string, signal: AbortSignal) => Promise<Tunnel>;
  log: Log;
  signal: AbortSignal;
}

/**
 * Step 11 of a launch, on the cluster's side: gives the traffic back to originals and removes every agent of
 * the session. The controller lets go of the agents and starts originals while services still route to the
 * agents, which pass what arrives on to the first originals that are ready; then the agents are deleted with
 * grace. Does whatever is left to do, so it can be started again at any point; returns when no agent is left.
 */
export async function leaveReplicaSet(api: Api, options: LeaveOptions): Promise<void> {
  const { namespace, session, log, signal } = options;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const mine = { labelSelector: `${sessionLabel}=${session}` };
  const { items } = await api.request<ResourceList<Pod>>(path, { query: mine, signal });
  const finished = items.filter(isFinished);
  const live = items.filter((pod) => !isFinished(pod) && pod.metadata.deletionTimestamp === undefined);
  await Promise.all(finished.map((pod) => remove(api, path, pod, signal, 0)));

  const joined = live.filter((pod) => isReady(pod) || controllerOf(pod) !== undefined);
  const idle = live.filter((pod) => !joined.includes(pod));
  await Promise.all(idle.map((pod) => remove(api, path, pod, signal, 0)));
  if (joined.length > 0) await handOver(api, path, joined, options);
  log.write('leave', `deleting ${joined.map((pod) => pod.metadata.name).join(', ') || 'nothing more'}`);
  await Promise.all(joined.map((pod) => remove(api, path, pod, signal)));
  await watchUntil<Pod, true>(api, path, mine, (pods) => (pods.length === 0 ? true : undefined), signal);
}

/** Releases the agents and keeps them supplied with the addresses of ready originals until there are enough. */
async function handOver(
  api: Api,
  path: string,
  agents: readonly Pod[],
  options: LeaveOptions,
): Promise<void> {
  const { log, leaveSeconds, signal } = options;
  const deadline = AbortSignal.timeout(leaveSeconds * 1000);
  const either = AbortSignal.any([signal, deadline]);
  const opening = agents.map(async (pod) => {
    try {
      const tunnel = await options.open(pod.metadata.name, either);
      await tunnel.leave([], either);
      return tunnel;
    } catch (error) {
      // An agent that no longer answers is of no use to its clients either: its pod goes all the same.
      log.write('leave', `${pod.metadata.name} does not answer: ${messageOf(error)}`);
      return undefined;
    }
  });
  const tunnels = (await Promise.all(opening)).filter((tunnel) => tunnel !== undefined);
  try {
    if (options.routedWithoutSpare) {
      const body = { metadata: { labels: { [options.spareLabel]: leavingValue } } };
      await Promise.all(
        agents.map((pod) =>
          api.request(`${path}/${pod.metadata.name}`, { method: 'PATCH', body, signal }).catch(ignoreGone),
        ),
      );
    } else {
      await Promise.all(agents.map((pod) => remove(api, path, pod, signal)));
    }
    const wanted = await replicasWanted(api, options, signal);
    let known = '';
    await watchUntil<Pod, true>(
      api,
      path,
      { labelSelector: selectorOf(options.labels) },
      async (pods) => {
        const originals = pods.filter((pod) => isReady(pod) && serves(pod, options.session));
        const addresses = originals.flatMap((pod) => pod.status?.podIP ?? []);
        if (addresses.join() !== known) {
          known = addresses.join();
          log.write('leave', `originals ready: ${known}`);
          await Promise.allSettled(tunnels.map((tunnel) => tunnel.leave(addresses, either)));
        }
        return originals.length >= Math.min(wanted, agents.length) ? true : undefined;
      },
      either,
    );
  } catch (error) {
    if (signal.aborted || !deadline.aborted) throw error;
    log.write(
      'leave',
      `no original was ready within ${leaveSeconds} s: the agents go first, there will be a gap`,
    );
  } finally {
    await Promise.all(tunnels.map((tunnel) => tunnel.close()));
  }
}

/** Whether a pod takes the agents' place: an original, or an agent of another session that has joined. */
function serves(pod: Pod, session: string): boolean {
  if (sessionOf(pod) === undefined) return true;
  return sessionOf(pod) !== session && !isLeaving(pod) && controllerOf(pod) !== undefined;
}

async function replicasWanted(
  api: Api,
  { namespace, replicaSet }: LeaveOptions,
  signal: AbortSignal,
): Promise<number> {
  try {
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/${replicaSet.name}`;
    const current = await api.request<ReplicaSet>(path, { signal });
    return current.metadata.uid === replicaSet.uid ? (current.spec.replicas ?? 1) : 0;
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
}

async function remove(
  api: Api,
  path: string,
  pod: Pod,
  signal: AbortSignal,
  gracePeriodSeconds?: number,
): Promise<void> {
  const body = {
    preconditions: { uid: pod.metadata.uid },
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
  await api.request(`${path}/${pod.metadata.name}`, { method: 'DELETE', body, signal }).catch(ignoreGone);
}

function ignoreGone(error: unknown): void {
  // 404: somebody was faster. 409: another pod has the name by now; ours is gone.
  if (isNotFound(error) || (error as { status?: number }).status === 409) return;
  throw error;
}
