import { isOriginal } from './names.ts';
import { resourceFieldValue } from './resourceField.ts';
import type { Container } from './resources.ts';
import type { Target } from './target.ts';

type Variable = NonNullable<Container['env']>[number];

/** Variables that change how Node.js itself runs, or what it loads: empty for the agent. */
const ofTheRuntime = ['NODE_OPTIONS', 'NODE_PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH'];

/** Begins the name of a variable that keeps what the pod's specification says of one of those. */
const keptPrefix = 'LOCALPROCESS_K8S_KEPT_';

/** What the kubelet makes of a reference to a variable that nobody has set: nothing. */
const referenceTo = (name: string) => `$(${name})`;

export interface AgentEnvironment {
  env: Variable[];
  /** Resources of which the agent's container must have no limit: a variable says how much the node has. */
  unlimited: ReadonlySet<string>;
}

/**
 * The `env` of the agent's container, of which the kubelet makes the same as of the original's: fields of
 * resources are those of the original pod, not of the agent's.
 */
export function agentEnvironment(target: Target): AgentEnvironment {
  const { container, pod, replicaSet } = target;
  // Admission has completed a pod; its template is the next best.
  const spec = isOriginal(pod) ? pod.spec : replicaSet.spec.template.spec;
  const unlimited = new Set<string>();
  const env = (container.env ?? []).map((variable) => {
    const field = variable.valueFrom?.resourceFieldRef;
    const found = field === undefined ? undefined : resourceFieldValue(field, spec, container.name);
    if (field === undefined || found === undefined) return variable;
    if (found !== 'allocatable') return { name: variable.name, value: found.value };
    // Only the kubelet knows its node; of a container without a limit it says what that has.
    unlimited.add(field.resource.replace('limits.', ''));
    const own = { ...field, containerName: container.name };
    return { name: variable.name, valueFrom: { resourceFieldRef: own } };
  });
  const keeping = ofTheRuntime.map((name) => ({ name: keptPrefix + name, value: referenceTo(name) }));
  // A name that comes twice has its last value; references before it see the first.
  return { env: [...env, ...keeping, ...ofTheRuntime.map((name) => ({ name, value: '' }))], unlimited };
}

/**
 * What the kubelet made of the specification's variables, in the agent's own environment: those that the agent
 * has empty for itself are what the pod's specification says, or missing.
 */
export function specifiedVariables(agent: Readonly<Record<string, string>>): Record<string, string> {
  const kept = (name: string) => agent[keptPrefix + name] ?? referenceTo(name);
  return Object.fromEntries([
    ...Object.entries(agent).filter(([name]) => !name.startsWith(keptPrefix) && !ofTheRuntime.includes(name)),
    ...ofTheRuntime.flatMap((name) => (kept(name) === referenceTo(name) ? [] : [[name, kept(name)]])),
  ]) as Record<string, string>;
}
