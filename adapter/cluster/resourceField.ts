import { quantity } from './quantity.ts';
import type { Container, PodSpec } from './resources.ts';

/** `resourceFieldRef` of a variable or of a file of a downward API volume. */
export interface ResourceField {
  /** `limits.cpu`, `requests.memory`, `limits.hugepages-2Mi`, … */
  resource: string;
  /** The container whose resources are meant; without it the one that has the variable. */
  containerName?: string;
  divisor?: string;
}

/** What a resource field says in a pod: `allocatable`, when it is what the pod's node has for all its pods. */
export type ResourceFieldValue = { value: string } | 'allocatable';

/** Kinds of resources of which a container without a limit may take all that its node has. */
const overcommitted = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Of these a pod as a whole may have a limit. */
const ofWholePods = new Set(['cpu', 'memory']);

/**
 * What the kubelet makes of a resource field of the container `container` in a pod of this specification, which
 * has to be a real pod's: admission and defaults complete it. `undefined` when the pod has no such container, or
 * the field is none. Sources: Kubernetes, pkg/api/v1/resource/helpers.go (ExtractContainerResourceValue) and
 * pkg/kubelet/kubelet_resources.go.
 */
export function resourceFieldValue(
  field: ResourceField,
  pod: PodSpec,
  container: string,
): ResourceFieldValue | undefined {
  const name =
    field.containerName === undefined || field.containerName === '' ? container : field.containerName;
  const named = (one: Container) => one.name === name;
  const ordinary = pod.containers.find(named);
  const found = ordinary ?? pod.initContainers?.find(named);
  const [, kind, resource = ''] = /^(limits|requests)\.(.+)$/.exec(field.resource) ?? [];
  if (found === undefined || kind === undefined) return undefined;

  const limit = found.resources?.limits?.[resource];
  if (kind === 'requests')
    return divided(found.resources?.requests?.[resource] ?? limit ?? '0', field, resource);
  if (limit !== undefined && quantity(limit) !== 0n) return divided(limit, field, resource);
  // The kubelet completes the limits of ordinary containers, and of the one that has the variable.
  if (!overcommitted.has(resource) || (ordinary === undefined && name !== container))
    return divided('0', field, resource);
  const shared = ofWholePods.has(resource) ? pod.resources?.limits?.[resource] : undefined;
  return shared === undefined || quantity(shared) === 0n ? 'allocatable' : divided(shared, field, resource);
}

function divided(
  amount: string,
  { divisor = '1' }: ResourceField,
  resource: string,
): ResourceFieldValue | undefined {
  const scale = resource === 'cpu' ? -3 : 0;
  const total = quantity(amount, scale);
  // The API server fills in "0" where nothing is said.
  const unit = quantity(divisor, scale) === 0n ? quantity('1', scale) : quantity(divisor, scale);
  if (total === undefined || unit === undefined) return undefined;
  return { value: String(Math.ceil(Number(total) / Number(unit))) };
}
