import { LaunchError } from '../errors.ts';
import { ApiError, type Api } from './api.ts';
import type { Selection } from './selection.ts';

export interface Rule {
  group: string;
  resource: string;
  verbs: readonly string[];
  /** Only these objects; absent: all. */
  names?: readonly string[];
}

const services: Rule = { group: '', resource: 'services', verbs: ['get', 'list', 'watch'] };
const slices: Rule = { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] };

/** What a session does in the namespace of its target; nothing cluster-wide. The README prints the same Role. */
export const rules: readonly Rule[] = [
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { group: '', resource: 'pods/portforward', verbs: ['get', 'create'] },
  services,
  { group: 'apps', resource: 'deployments', verbs: ['get', 'list'] },
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list'] },
  slices,
];

/** What a session does in another namespace, whose services it reaches. */
export function rulesFor({ names }: Pick<Selection, 'names'>): Rule[] {
  return [{ ...services, ...(names && { names }) }, slices];
}

/** What a session makes use of where it may, each with what is lost where it may not. */
export const optionalRules: readonly (Rule & { reason: string })[] = [
  {
    group: '',
    resource: 'pods/exec',
    verbs: ['get', 'create'],
    reason: 'Optional: without it the variables that the image sets are left out.',
  },
];

/**
 * Step 2 of a launch: asks the API server which of the needed rights are missing, all at once, before anything
 * is touched: in the target's namespace, and in those of other services. Fails with `permission-missing`,
 * naming each and giving the Role to ask for.
 */
export async function checkPermissions(
  api: Api,
  namespace: string,
  others: readonly Selection[],
  signal: AbortSignal,
): Promise<void> {
  const elsewhere = others.filter((selection) => selection.namespace !== namespace);
  const [here, ...there] = await Promise.all([
    missingRights(api, namespace, rules, signal),
    ...elsewhere.map((selection) => missingRights(api, selection.namespace, rulesFor(selection), signal)),
  ]);
  if (here.length > 0)
    throw permissionMissing(`work in the namespace "${namespace}"`, here, 'namespace', namespace);
  for (const [index, selection] of elsewhere.entries()) {
    const rights = there[index] ?? [];
    const what = `reach services of the namespace "${selection.namespace}"`;
    if (rights.length > 0)
      throw permissionMissing(what, rights, 'services', selection.namespace, rulesFor(selection));
  }
}

/** What a session has to go without in a namespace, a sentence each: rights that it makes use of where it may. */
export async function optionalLosses(api: Api, namespace: string, signal: AbortSignal): Promise<string[]> {
  const missing = await Promise.all(
    optionalRules.map(async (rule) => ({
      rule,
      rights: await missingRights(api, namespace, [rule], signal),
    })),
  );
  return missing
    .filter(({ rights }) => rights.length > 0)
    .map(({ rule, rights }) => `Your account may not ${rights.join(', ')}. ${rule.reason}`);
}

/** What is said of rights that are missing: `what` cannot be done, and which Role to ask for. */
export function permissionMissing(
  what: string,
  rights: readonly string[],
  attribute: string,
  namespace: string,
  needed: readonly Rule[] = rules,
): LaunchError {
  const role = roleManifest(namespace, needed);
  return new LaunchError(
    'permission-missing',
    `Cannot ${what}: your account may not ${rights.join(', ')}. Ask an administrator for this Role and a RoleBinding to it:\n${role}`,
    { attribute, next: { step: 'role', role } },
  );
}

interface Question {
  group: string;
  resource: string;
  verb: string;
  name?: string;
}

/** The missing ones, each in words. */
async function missingRights(
  api: Api,
  namespace: string,
  needed: readonly Rule[],
  signal: AbortSignal,
): Promise<string[]> {
  const questions: Question[] = needed.flatMap(({ group, resource, verbs, names = [undefined] }) =>
    verbs.flatMap((verb) => names.map((name) => ({ group, resource, verb, ...(name && { name }) }))),
  );
  const answers = await Promise.all(questions.map((question) => isAllowed(api, namespace, question, signal)));
  return questions
    .filter((_, index) => answers[index] === false)
    .map(({ verb, resource, name }) => `${verb} ${resource}${name ? ` "${name}"` : ''}`);
}

async function isAllowed(
  api: Api,
  namespace: string,
  { group, resource, verb, name }: Question,
  signal: AbortSignal,
): Promise<boolean> {
  const [kind, subresource] = resource.split('/');
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace, group, resource: kind, subresource, verb, name } },
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

/** A Role with these rules (default: those of the target's namespace), as YAML to hand to an administrator. */
export function roleManifest(namespace: string, needed: readonly Rule[] = rules): string {
  const list = (values: readonly string[]) => `[${values.map((value) => `"${value}"`).join(', ')}]`;
  const lineOf = ({ group, resource, verbs, names }: Rule) => {
    const only = names ? ` resourceNames: ${list(names)},` : '';
    return `  - { apiGroups: ["${group}"], resources: ["${resource}"],${only} verbs: ${list(verbs)} }`;
  };
  const optional = needed === rules ? optionalRules : [];
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    `metadata: { name: localprocess-k8s, namespace: ${namespace} }`,
    'rules:',
    ...needed.map(lineOf),
    ...optional.flatMap((rule) => [`  # ${rule.reason}`, lineOf(rule)]),
  ].join('\n');
}
