import { setTimeout as delay } from 'node:timers/promises';
import { LaunchError, messageOf } from '../errors.ts';
import type { Tunnel } from '../tunnel/tunnel.ts';
import type { Api } from './api.ts';
import { isFinished, sessionLabel, sessionOf } from './names.ts';
import { controllerOf, isReady, selectorOf, type Pod, type Resource } from './resources.ts';
import { commonLabels, type Target } from './target.ts';
import { watchUntil } from './watch.ts';

interface EndpointSlice extends Resource {
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { uid?: string } }[] | null;
}

/** A placed agent and the tunnel to it. */
export interface Agent {
  name: string;
  uid: string;
  tunnel: Tunnel;
}

/**
 * Step 9 of a launch: the agents take the traffic. They open the target's ports and answer ready; when the
 * services route to them, the spare label makes the ReplicaSet own them, and it ends as many originals.
 */
export async function joinReplicaSet(
  api: Api,
  target: Target,
  session: string,
  agents: readonly Agent[],
  signal: AbortSignal,
): Promise<void> {
  const path = `/api/v1/namespaces/${target.namespace}/pods`;
  await Promise.all(agents.map((agent) => openPorts(agent, target, signal)));
  await Promise.all([allReady(api, path, session, agents, signal), allRouted(api, target, agents, signal)]);
  const value = target.replicaSet.spec.template.metadata?.labels?.[target.spareLabel] ?? '';
  await Promise.all(
    agents.map(({ name }) =>
      api.request(`${path}/${name}`, {
        method: 'PATCH',
        body: { metadata: { labels: { [target.spareLabel]: value } } },
        signal,
      }),
    ),
  );
  await watchUntil<Pod, true>(
    api,
    path,
    { labelSelector: selectorOf(commonLabels(target)) },
    (pods) => {
      failIfGone(pods, agents);
      const owned = pods.filter((pod) => controllerOf(pod)?.uid === target.replicaSet.metadata.uid);
      const mine = owned.filter((pod) => sessionOf(pod) === session);
      const others = owned.filter(
        (pod) => sessionOf(pod) !== session && pod.metadata.deletionTimestamp === undefined,
      );
      return mine.length === agents.length && others.length === 0 ? true : undefined;
    },
    signal,
  );
}

/** Has an agent open the target's ports and answer ready. */
async function openPorts({ name, tunnel }: Agent, target: Target, signal: AbortSignal): Promise<void> {
  try {
    await tunnel.join(signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new LaunchError(
      'join-failed',
      `Cannot take over the ports of "${target.name}": the agent "${name}" says "${messageOf(error)}". The originals go on serving. Name only the ports that the container itself opens in "ports".`,
      { cause: error, attribute: 'ports' },
    );
  }
}

/**
 * Resolves, with the reason, when an agent has gone or its controller has let go of it: it was evicted, its
 * node went, or somebody took the target over.
 */
export async function agentLost(
  api: Api,
  target: Target,
  session: string,
  agents: readonly Agent[],
  signal: AbortSignal,
): Promise<LaunchError> {
  for (;;) {
    try {
      return await watchUntil<Pod, never>(
        api,
        `/api/v1/namespaces/${target.namespace}/pods`,
        { labelSelector: `${sessionLabel}=${session}` },
        (pods) => {
          failIfGone(pods, agents);
          return undefined;
        },
        signal,
      );
    } catch (error) {
      if (error instanceof LaunchError && error.code === 'agent-lost') return error;
      signal.throwIfAborted();
      // An API server that is away takes no agent with it, and nothing announces that it is back.
      await delay(1000, undefined, { signal });
    }
  }
}

function failIfGone(pods: readonly Pod[], agents: readonly Agent[]): void {
  for (const { name, uid } of agents) {
    const pod = pods.find((candidate) => candidate.metadata.uid === uid);
    if (pod !== undefined && !isFinished(pod) && pod.metadata.deletionTimestamp === undefined) continue;
    const why =
      pod === undefined
        ? 'it was deleted'
        : (pod.status?.message ?? pod.status?.reason ?? 'it is being ended');
    throw new LaunchError(
      'agent-lost',
      `Cannot go on: the agent "${name}" has gone (${why}). Its controller starts an original in its place. Start the session again.`,
    );
  }
}

async function allReady(
  api: Api,
  path: string,
  session: string,
  agents: readonly Agent[],
  signal: AbortSignal,
): Promise<void> {
  await watchUntil<Pod, true>(
    api,
    path,
    { labelSelector: `${sessionLabel}=${session}` },
    (pods) => {
      failIfGone(pods, agents);
      return pods.every(isReady) ? true : undefined;
    },
    signal,
  );
}

/** Waits until the endpoint slices of every service show every agent ready. */
async function allRouted(
  api: Api,
  target: Target,
  agents: readonly Agent[],
  signal: AbortSignal,
): Promise<void> {
  if (!target.routedWithoutSpare || target.services.length === 0) return;
  const services = target.services.map((service) => service.metadata.name);
  await watchUntil<EndpointSlice, true>(
    api,
    `/apis/discovery.k8s.io/v1/namespaces/${target.namespace}/endpointslices`,
    { labelSelector: `kubernetes.io/service-name in (${services.join(',')})` },
    (slices) =>
      services.every((service) => {
        const endpoints = slices
          .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === service)
          .flatMap((slice) => slice.endpoints ?? []);
        return agents.every(({ uid }) =>
          endpoints.some(
            (endpoint) => endpoint.targetRef?.uid === uid && endpoint.conditions?.ready !== false,
          ),
        );
      })
        ? true
        : undefined,
    signal,
  );
}
