import { isOriginal } from './names.ts';
import { resourceFieldValue } from './resourceField.ts';
import type { PodSpec } from './resources.ts';
import type { Target } from './target.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];
type Item = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

export interface AgentVolumes {
  volumes: Volume[];
  /** What the volumes show, of the agent's pod. */
  annotations: Record<string, string>;
  /** Resources of which the agent's container must have no limit: a file says how much the node has. */
  unlimited: ReadonlySet<string>;
}

/**
 * The volumes of the agent's pod, in which the kubelet shows the same as in the original's: a file with a field of
 * resources has the original's, by way of an annotation.
 */
export function agentVolumes({ container, pod, replicaSet }: Target): AgentVolumes {
  const template = replicaSet.spec.template.spec;
  // Admission has completed a pod; its template is the next best.
  const spec = isOriginal(pod) ? pod.spec : template;
  const annotations: Record<string, string> = {};
  const unlimited = new Set<string>();
  const translated = (item: Item): Item => {
    const { resourceFieldRef: field, ...rest } = item;
    if (field === undefined) return item;
    const found = resourceFieldValue(field, spec, container.name);
    if (found === undefined) return item;
    if (found === 'allocatable') {
      // Only the kubelet knows its node; of a container without a limit it says what that has.
      if (field.containerName === container.name) unlimited.add(field.resource.replace('limits.', ''));
      return item;
    }
    const name = `localprocess-k8s/resource-${Object.keys(annotations).length}`;
    annotations[name] = found.value;
    return { ...rest, fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${name}']` } };
  };
  const volumes = (template.volumes ?? []).map((volume): Volume => {
    const { downwardAPI, projected } = volume;
    if (downwardAPI?.items !== undefined)
      return { ...volume, downwardAPI: { ...downwardAPI, items: downwardAPI.items.map(translated) } };
    if (projected?.sources === undefined) return volume;
    const sources = projected.sources.map((source) =>
      source.downwardAPI?.items === undefined
        ? source
        : { ...source, downwardAPI: { items: source.downwardAPI.items.map(translated) } },
    );
    return { ...volume, projected: { ...projected, sources } };
  });
  return { volumes, annotations, unlimited };
}
