import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { KubeConfig, type Cluster } from '@kubernetes/client-node';
import { LaunchError, messageOf } from '../errors.ts';
import { didYouMean, quoted } from '../nearest.ts';
import { CredentialPlugin, type PluginCommand } from './plugin.ts';

/** What a user says about which cluster to use; everything may be left out, as with kubectl. */
export interface ClusterChoice {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
}

/** A kubeconfig with its context chosen, and the namespace that follows from both. */
export interface ClusterConnection {
  config: KubeConfig;
  /** Runs before the credentials in `config` are used, where the user has one. */
  plugin?: CredentialPlugin | undefined;
  server: string;
  context: string;
  namespace: string;
}

/**
 * Reads the kubeconfig as kubectl does and chooses the context. Touches no network.
 * Fails with `kubeconfig-unreadable` or `context-missing`.
 */
export function chooseCluster(choice: ClusterChoice): ClusterConnection {
  const config = load(choice.kubeconfig);
  const name = choice.context ?? config.getCurrentContext();
  const known = config.getContexts().map((context) => context.name);
  const context = config.getContextObject(name);
  if (context === null) {
    throw new LaunchError(
      'context-missing',
      name === ''
        ? `Cannot choose a cluster: the kubeconfig has no current context. Set "context" to one of ${quoted(known)}.`
        : `Cannot find the context "${name}" in the kubeconfig${didYouMean(name, known)} It has ${quoted(known)}.`,
      { attribute: 'context' },
    );
  }
  config.setCurrentContext(name);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new LaunchError(
      'kubeconfig-unreadable',
      `Cannot use the context "${name}": its cluster "${context.cluster}" is not in the kubeconfig.`,
      { attribute: 'context' },
    );
  }
  return {
    config,
    plugin: takePlugin(config, cluster),
    server: cluster.server,
    context: name,
    namespace: choice.namespace ?? context.namespace ?? 'default',
  };
}

/** A context of a kubeconfig. */
export interface KnownContext {
  name: string;
  /** What the kubeconfig calls the cluster. */
  cluster: string;
  /** The API server's address; empty where the kubeconfig lacks the cluster. */
  server: string;
  /** The namespace that commands take which name none. */
  namespace: string;
  /** Whether it is the one that commands take which name none. */
  current: boolean;
}

/** The contexts to choose from. Touches no network. Fails with `kubeconfig-unreadable`. */
export function knownContexts(kubeconfig: string | undefined): KnownContext[] {
  const config = load(kubeconfig);
  return config.getContexts().map(({ name, cluster, namespace }) => ({
    name,
    cluster,
    server: config.getCluster(cluster)?.server ?? '',
    namespace: namespace ?? 'default',
    current: name === config.getCurrentContext(),
  }));
}

/** What client-node goes by where it finds no kubeconfig: nobody means that. */
const nobodys = 'http://localhost:8080';

function load(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(resolve(path.replace(/^~(?=$|[\\/])/, homedir())));
  } catch (error) {
    throw new LaunchError(
      'kubeconfig-unreadable',
      `Cannot read the kubeconfig${path === undefined ? '' : ` "${path}"`}: ${messageOf(error)}. Check "kubeconfig", or KUBECONFIG.`,
      { cause: error, attribute: 'kubeconfig' },
    );
  }
  if (path === undefined && !process.env.KUBECONFIG && config.getCurrentCluster()?.server === nobodys)
    throw new LaunchError(
      'kubeconfig-unreadable',
      `Cannot find a kubeconfig: KUBECONFIG is not set, and there is no "${join(homedir(), '.kube', 'config')}". Log in to your cluster, or name the file in "kubeconfig".`,
      { attribute: 'kubeconfig' },
    );
  return config;
}

/** Takes a user's credential plugin out of the kubeconfig, so that client-node does not run it itself. */
function takePlugin(config: KubeConfig, cluster: Cluster): CredentialPlugin | undefined {
  const user = config.getCurrentUser();
  // client-node leaves the type of this open.
  const exec = user?.exec as PluginCommand | undefined;
  if (user === null || exec === undefined) return undefined;
  Object.assign(user, { exec: undefined });
  return new CredentialPlugin(exec, cluster);
}
