import { LaunchError } from '../errors.ts';
import { ApiError, type Api } from './api.ts';

interface Rule {
  group: string;
  resource: string;
  verbs: readonly string[];
}

/** What a session does in the namespace of its target; nothing cluster-wide. The README prints the same Role. */
export const rules: readonly Rule[] = [
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { group: '', resource: 'pods/portforward', verbs: ['get', 'create'] },
  { group: '', resource: 'services', verbs: ['get', 'list'] },
  { group: 'apps', resource: 'deployments', verbs: ['get', 'list'] },
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list'] },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] },
];

/**
 * Step 2 of a launch: asks the API server which of the needed rights are missing, all at once, before anything
 * is touched. Fails with `permission-missing`, naming each and giving the Role to ask for.
 */
export async function checkPermissions(api: Api, namespace: string, signal: AbortSignal): Promise<void> {
  const questions = rules.flatMap(({ group, resource, verbs }) =>
    verbs.map((verb) => ({ group, resource, verb })),
  );
  const answers = await Promise.all(questions.map((question) => isAllowed(api, namespace, question, signal)));
  const missing = questions.filter((_, index) => answers[index] === false);
  if (missing.length === 0) return;
  const names = missing.map(({ verb, resource }) => `${verb} ${resource}`).join(', ');
  throw new LaunchError(
    'permission-missing',
    `Cannot work in the namespace "${namespace}": your account may not ${names}. Ask an administrator for this Role and a RoleBinding to it:\n${roleManifest(namespace)}`,
    { attribute: 'namespace' },
  );
}

async function isAllowed(
  api: Api,
  namespace: string,
  { group, resource, verb }: { group: string; resource: string; verb: string },
  signal: AbortSignal,
): Promise<boolean> {
  const [name, subresource] = resource.split('/');
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace, group, resource: name, subresource, verb } },
  };
  try {
    const { status } = await api.request<{ status: { allowed: boolean } }>(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { method: 'POST', body: review, signal },
    );
    return status.allowed;
  } catch (error) {
    // A cluster that does not let one ask: the step that lacks the right will say so itself.
    if (error instanceof ApiError && error.status === 403) return true;
    throw error;
  }
}

/** The Role a session needs in a namespace, as YAML to hand to an administrator. */
export function roleManifest(namespace: string): string {
  const lines = rules.map(
    ({ group, resource, verbs }) =>
      `  - { apiGroups: ["${group}"], resources: ["${resource}"], verbs: [${verbs.map((verb) => `"${verb}"`).join(', ')}] }`,
  );
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    `metadata: { name: localprocess-k8s, namespace: ${namespace} }`,
    'rules:',
    ...lines,
  ].join('\n');
}
