import { setTimeout } from 'node:timers/promises';
import { kubeconfigWith, type KubeconfigFile } from './kubeconfigs.ts';
import type { Namespace } from './namespace.ts';
import { kubectl } from './kubectl.ts';

/** One verb on one resource, as Roles name them. */
export interface Permission {
  group: string;
  resource: string;
  verb: string;
}

/** A service account named `name` with a Role of its own: exactly `permissions`. */
export function accountWith(name: string, permissions: readonly Permission[]): object[] {
  const rules = permissions.map(({ group, resource, verb }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }));
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, rules };
  return [account(name), role, binding(name, name)];
}

export function account(name: string): object {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
}

/** Gives an account of the same namespace a Role. */
export function binding(name: string, role: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
    subjects: [{ kind: 'ServiceAccount', name }],
  };
}

/** The token of a service account, good for ten minutes. */
export function tokenOf(namespace: Namespace, name: string): Promise<string> {
  return namespace.kubectl('create', 'token', name, '--duration=10m');
}

/** A kubeconfig of a service account. */
export async function kubeconfigOf(namespace: Namespace, name: string): Promise<KubeconfigFile> {
  return kubeconfigWith({ user: { token: await tokenOf(namespace, name) } });
}

/** Resolves when the API server has read the account's Role and its binding, which it announces to nobody. */
export async function allowed(
  namespace: Namespace,
  name: string,
  { verb, resource }: Permission,
): Promise<void> {
  const as = `system:serviceaccount:${namespace.name}:${name}`;
  const [kind = '', subresource = ''] = resource.split('/');
  const question = ['auth', 'can-i', verb, kind, `--subresource=${subresource}`, '--as', as];
  const deadline = Date.now() + 30_000;
  while ((await kubectl(['--namespace', namespace.name, ...question]).catch(() => 'no')) !== 'yes') {
    if (Date.now() > deadline) throw new Error(`"${name}" may not ${verb} ${resource} after 30 s.`);
    await setTimeout(50);
  }
}
