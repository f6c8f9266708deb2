import { setTimeout } from 'node:timers/promises';
import { kubectl } from './kubectl.ts';
import type { Namespace } from './namespace.ts';

/** An admission policy that refuses the pods of sessions in one namespace, until it is disposed of. */
export async function denyAgents(
  { name: namespace }: Namespace,
  message: string,
): Promise<{ name: string } & AsyncDisposable> {
  const name = `deny-${namespace}`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const matchLabels = { 'kubernetes.io/metadata.name': namespace };
  const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const expression = "!('localprocess-k8s/session' in object.metadata.?labels.orValue({}))";
  await kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion,
          kind: 'ValidatingAdmissionPolicy',
          metadata: { name },
          spec: {
            matchConstraints: { resourceRules: [pods] },
            validations: [{ expression, message }],
          },
        },
        {
          apiVersion,
          kind: 'ValidatingAdmissionPolicyBinding',
          metadata: { name },
          spec: {
            policyName: name,
            validationActions: ['Deny'],
            matchResources: { namespaceSelector: { matchLabels } },
          },
        },
      ],
    }),
  );
  await inForce(namespace, message);
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', name]);
    },
  };
}

/** The API server does not say when it has read a policy: a pod that is only tried shows it. */
async function inForce(namespace: string, message: string): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tried', labels: { 'localprocess-k8s/session': 'tried' } },
    spec: { containers: [{ name: 'main', image: 'busybox:1' }] },
  };
  const deadline = Date.now() + 30_000;
  for (;;) {
    const words = await kubectl(
      ['--namespace', namespace, 'create', '--dry-run=server', '-f', '-'],
      JSON.stringify(pod),
    ).catch(String);
    if (words.includes(message)) return;
    if (Date.now() > deadline) throw new Error(`The policy is not in force after 30 s: ${words}`);
    await setTimeout(100);
  }
}
