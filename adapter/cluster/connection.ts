import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { LaunchError, messageOf } from '../errors.ts';
import { nearest, quoted } from '../nearest.ts';

/** What a user says about which cluster to use; everything may be left out, as with kubectl. */
export interface ClusterChoice {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
}

/** A kubeconfig with its context chosen, and the namespace that follows from both. */
export interface ClusterConnection {
  config: KubeConfig;
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
    const near = nearest(name, known);
    throw new LaunchError(
      'context-missing',
      name === ''
        ? `Cannot choose a cluster: the kubeconfig has no current context. Set "context" to one of ${quoted(known)}.`
        : `Cannot find the context "${name}" in the kubeconfig${near.length > 0 ? `; did you mean ${quoted(near)}` : ''}. It has ${quoted(known)}.`,
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
  describeClusterToPlugin(config);
  return {
    config,
    server: cluster.server,
    context: name,
    namespace: choice.namespace ?? context.namespace ?? 'default',
  };
}

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
  return config;
}

/**
 * Credential plugins read KUBERNETES_EXEC_INFO (client-go's credential plugin protocol); client-node does not
 * set it, and some plugins refuse to start without.
 */
function describeClusterToPlugin(config: KubeConfig): void {
  const user = config.getCurrentUser();
  const exec = user?.exec as
    | { apiVersion?: string; provideClusterInfo?: boolean; env?: { name: string; value: string }[] | null }
    | undefined;
  if (exec === undefined) return;
  const cluster = config.getCurrentCluster();
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo === true && cluster !== null
        ? {
            cluster: {
              server: cluster.server,
              'tls-server-name': cluster.tlsServerName,
              'insecure-skip-tls-verify': cluster.skipTLSVerify,
              'certificate-authority-data': cluster.caData,
            },
          }
        : {}),
    },
  };
  exec.env = [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
}
