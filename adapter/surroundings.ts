import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Api } from './cluster/api.ts';
import { mountsOf } from './cluster/mounts.ts';
import { originalEnvironment } from './cluster/originalEnvironment.ts';
import { portsOfOthers } from './cluster/ports.ts';
import type { Pod } from './cluster/resources.ts';
import { missingServices, type Selection } from './cluster/selection.ts';
import { apiServer, followServices } from './cluster/services.ts';
import type { Target } from './cluster/target.ts';
import type { Configuration } from './configuration.ts';
import type { Journal } from './journal.ts';
import type { Administrator } from './machine/administrator.ts';
import { localEnvironment } from './machine/environment/environment.ts';
import { sessionFolder } from './machine/folders.ts';
import { clusterDomains, doubtfulNames } from './machine/services/hostnames.ts';
import type { Bind, Isolation } from './machine/namespace/namespace.ts';
import { choosePodPorts, exposePodPorts, type readPodPorts } from './machine/services/podports.ts';
import { PublicNames } from './machine/services/publicnames.ts';
import { exposeServices, type ClusterService, type Exposure } from './machine/services/services.ts';
import { copyVolumes } from './machine/volumes/copy.ts';
import { foldersOf } from './machine/volumes/memory.ts';
import type { ProcessConfiguration } from './processConfig/read.ts';
import { checkServices, checkVolumes, resolveVariables } from './processConfig/resolve.ts';
import { linkVolumes, volumesOf } from './processConfiguration.ts';
import type { Scope } from './scope.ts';
import type { Tunnel } from './tunnel/tunnel.ts';
import { variablesOf } from './variables.ts';

/** What is asked while the agents are placed, and met when this machine is prepared. */
type Ahead = Awaited<ReturnType<typeof askAhead>>;
type Collected = ReturnType<typeof collect>;

/**
 * Begins to ask what takes its time: the services, which of their names mean something outside the cluster, and what
 * the original's image sets, which nobody else tells and which leaves with it. What a KubernetesLocalProcessConfig.yaml
 * asks for is checked against it at once.
 */
export async function askAhead(
  api: Api,
  target: Target,
  asked: {
    selections: readonly Selection[];
    processConfiguration: ProcessConfiguration | undefined;
    signal: AbortSignal;
  },
) {
  const { selections, processConfiguration, signal } = asked;
  const { namespace } = target;
  const services = followServices(api, selections, signal);
  const publicNames = new PublicNames();
  void later(
    services.first.then((all) => publicNames.among(all.flatMap((each) => doubtfulNames(each, namespace)))),
  );
  if (processConfiguration !== undefined) {
    checkVolumes(processConfiguration, volumesOf(target));
    checkServices(processConfiguration, await services.first, namespace);
  }
  return { selections, services, publicNames, original: later(originalEnvironment(api, target, signal)) };
}

/** Step 6 of a launch: begins to collect what the pod sees, all at once. */
export function collect(
  tunnel: Tunnel,
  placed: Pod | undefined,
  choice: Configuration['volumes'],
  scope: Scope,
) {
  const mounts = placed === undefined ? [] : mountsOf(placed);
  return {
    pod: later(tunnel.pod(scope.signal)),
    volumes: later(copyVolumes(mounts, { ...scope, choice, source: tunnel })),
  };
}

/** Who a session is, as far as this machine has to know. */
interface Subject {
  configuration: Configuration;
  processConfiguration: ProcessConfiguration | undefined;
  /** Hosts beyond the cluster. */
  endpoints: readonly ClusterService[];
  podPorts: ReturnType<typeof readPodPorts>;
  target: Target;
  /** The agent's pod, as it was placed. */
  pod: Pod | undefined;
}

/** What this machine is prepared with. */
interface Means {
  ahead: Ahead;
  collected: Collected;
  tunnel: Tunnel;
  administrator: () => Promise<Administrator>;
  journal: Journal;
}

/**
 * Step 7 of a launch: the cluster's services, the pod's own ports and its volumes are on this machine; resolves with
 * the local process's variables, and what it alone is to see.
 */
export async function prepare(
  subject: Subject,
  means: Means,
  scope: Scope,
): Promise<{ environment: Record<string, string | null>; isolation: Isolation | undefined }> {
  const { configuration, processConfiguration, target } = subject;
  const { collected, journal } = means;
  const { exposure, binds } = await expose(subject, means, scope);
  const copied = await collected.volumes;
  if (configuration.volumes.at === 'realPaths') binds.push(...copied.binds);
  if (processConfiguration !== undefined)
    await linkVolumes(processConfiguration, copied.mounts, { ...scope, journal });

  const { services } = exposure;
  const homeNamespace = target.namespace;
  const named = new Set((target.container.env ?? []).map(({ name }) => name));
  const { environment: agent } = await collected.pod;
  const environment = localEnvironment({
    cluster: variablesOf({ agent, original: await means.ahead.original, named }, scope.progress),
    named,
    services,
    volumes: copied.environment,
    homeNamespace,
    everyLink: configuration.useKubernetesServiceEnvironmentVariables,
    choice: configuration.environment,
    file: resolveVariables(processConfiguration, { services, volumes: copied.mounts, homeNamespace }),
    user: configuration.env ?? {},
  });
  scope.diagnostics.note({ exposure, environment, mounts: copied.mounts });
  return { environment, isolation: binds.length > 0 ? { binds } : undefined };
}

/** Services, hosts beyond the cluster, and the pod's own localhost. */
async function expose(
  { configuration, endpoints, podPorts, target, pod }: Subject,
  { ahead, collected, tunnel, administrator, journal }: Means,
  scope: Scope,
): Promise<{ exposure: Exposure; binds: Bind[] }> {
  const { session, progress } = scope;
  const outward = {
    ...scope,
    connect: (host: string, port: number) => tunnel.connect(host, port),
    relay: (socket: Socket, host: string, port: number) => tunnel.relay(socket, host, port),
    localPorts: target.ports.map(({ local }) => local),
  };
  const mode = modeOf(configuration);
  const hostsFile = join(sessionFolder(session), 'hosts');
  const visible = await ahead.services.first;
  for (const missing of missingServices(ahead.selections, visible))
    progress.warn(`There is no service "${missing}" yet: it is reached when it comes.`);
  const { environment, searches } = await collected.pod;
  const exposure = await exposeServices(visible, {
    ...outward,
    mode,
    hostsFile,
    publicNames: ahead.publicNames,
    changes: ahead.services.changes,
    also: [...apiServer(environment), ...endpoints],
    clusterDomains: clusterDomains(searches, target.namespace),
    homeNamespace: target.namespace,
    administrator: async () => {
      await journal.write({ hosts: true });
      const helper = await administrator();
      await helper.removeAtEnd(foldersOf(session));
      return helper;
    },
  });
  await exposePodPorts(choosePodPorts(portsOfOthers(pod, target.container.name), podPorts), outward);
  return { exposure, binds: mode === 'private' ? [{ from: hostsFile, to: '/etc/hosts' }] : [] };
}

/** How the local process finds services. */
function modeOf(configuration: Configuration): 'hosts' | 'private' | 'environment' {
  if (configuration.useKubernetesServiceEnvironmentVariables) return 'environment';
  return configuration.hosts === 'private' ? 'private' : 'hosts';
}

/** Something that is awaited further down: until then its failure, or that of a step before, is nobody's surprise. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
