import { agentPods } from '../../cluster/agentPod.ts';
import { Api } from '../../cluster/api.ts';
import { chooseCluster, type ClusterConnection } from '../../cluster/connection.ts';
import { nodesWithImage } from '../../cluster/images.ts';
import { requireNamespace } from '../../cluster/named.ts';
import { owner } from '../../cluster/names.ts';
import { agentPayload } from '../../cluster/payload.ts';
import { checkPermissions, optionalLosses } from '../../cluster/permissions.ts';
import { tryAgent } from '../../cluster/place.ts';
import { selectServices } from '../../cluster/selection.ts';
import { describeTarget, findTarget, type Target } from '../../cluster/target.ts';
import { serverVersion } from '../../cluster/version.ts';
import type { Configuration } from '../../configuration.ts';
import { LaunchError, messageOf } from '../../errors.ts';
import { check, Remark, type Check } from './check.ts';
import type { Subject } from './subject.ts';

/** From this minor version of Kubernetes 1 on a pod may have native sidecars. */
const nativeSidecars = 29;

/** What is known of the target, for what comes after the cluster. */
export interface ClusterFindings {
  checks: Check[];
  target?: Target;
}

/** Everything that a session needs of the cluster; what depends on what is not there is left out. */
export async function checkCluster(
  subject: Subject,
  image: string,
  signal: AbortSignal,
): Promise<ClusterFindings> {
  const { choice, connectTimeoutSeconds, configuration } = subject;
  let connection: ClusterConnection | undefined;
  const kubeconfig = await check('kubeconfig', () => {
    connection = chooseCluster(choice);
    return `The context "${connection.context}": ${connection.server}, namespace "${connection.namespace}".`;
  });
  if (connection === undefined) return { checks: [kubeconfig] };
  const { namespace } = connection;
  const api = new Api(connection, connectTimeoutSeconds);
  const reached = await check('cluster', () => reach(api, signal));
  if (reached.verdict === 'failed') return { checks: [kubeconfig, reached] };
  const exists = await check('namespace', async () => {
    await requireNamespace(api, namespace, signal);
    return ''; // As far as one may know: nothing to tell.
  });
  if (exists.verdict === 'failed') return { checks: [kubeconfig, reached, exists] };

  const findings: { target?: Target } = {};
  const [permissions, losses, present, found] = await Promise.all([
    check('permissions', async () => {
      const selections = await selectServices(api, namespace, configuration?.services ?? ['*'], signal);
      await checkPermissions(api, namespace, selections, signal);
      return `All that a session needs in the namespace "${namespace}".`;
    }),
    // What keeps the cluster from answering is told by the others.
    optionalLosses(api, namespace, signal).catch(() => []),
    check('image', () => lookForImage(api, image, signal), 'warning'),
    configuration &&
      check('target', async () => {
        const target = await findTarget(api, namespace, configuration, { owner: owner(), signal });
        findings.target = target;
        return `${describeTarget(target)}.`;
      }),
  ]);
  const optional = losses.map((message): Check => ({ name: 'permissions', verdict: 'warning', message }));
  const { target } = findings;
  const admitted =
    target && configuration
      ? [await check('agent', () => admit(api, target, configuration.agent, signal))]
      : [];
  const checks = [
    ...[kubeconfig, reached, permissions, ...optional],
    ...(found ? [found] : []),
    ...admitted,
    present,
  ];
  return { checks, ...findings };
}

async function reach(api: Api, signal: AbortSignal): Promise<string> {
  const began = performance.now();
  const version = await serverVersion(api, signal);
  const took = Math.round(performance.now() - began);
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1]);
  if (minor < nativeSidecars)
    throw new Remark(
      `Kubernetes ${version} answers, in ${took} ms. It has no native sidecars: only pods with one container can be stood in for. With 1.${nativeSidecars} or later all can.`,
    );
  return `Kubernetes ${version} answers, in ${took} ms.`;
}

/** What nobody but a kubelet can tell is said to be so. */
async function lookForImage(api: Api, image: string, signal: AbortSignal): Promise<string> {
  const nodes = await nodesWithImage(api, image, signal);
  const only = `whether the cluster can pull "${image}" shows only when an agent is placed. If it cannot, set "agent.image".`;
  if (nodes === undefined) throw new Remark(`Your account may not see the nodes' images: ${only}`);
  if (nodes.having === 0) throw new Remark(`No node tells of "${image}": ${only}`);
  return `"${image}" is on ${nodes.having} of ${nodes.all} nodes.`;
}

/** Asks whether the agent's pod would be let in. */
async function admit(
  api: Api,
  target: Target,
  agent: Configuration['agent'],
  signal: AbortSignal,
): Promise<string> {
  const about = { session: 'doctor', owner: owner(), since: new Date().toISOString(), token: 'none' };
  const pods = agentPods({ ...agent, ...about, target, payload: await agentPayload() });
  try {
    await tryAgent(api, pods, signal);
  } catch (error) {
    if (error instanceof LaunchError && error.message.includes('does not support dry run'))
      throw new Remark(`Whether the agent is let in shows only when it is placed: ${messageOf(error.cause)}`);
    throw error;
  }
  return 'The API server would take its pod: it was asked, and nothing was placed.';
}
