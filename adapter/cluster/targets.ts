import { LaunchError } from '../errors.ts';
import { isFinished, isOriginal } from './names.ts';
import { findContainer } from './ports.ts';
import {
  controllerOf,
  isReady,
  selects,
  type Container,
  type Deployment,
  type Pod,
  type PodTemplate,
  type Service,
} from './resources.ts';
import { choosePod, refuseOthers, replicaSetOf, selectorOfService } from './suitability.ts';

/** A TCP port by which a target is reached. */
export interface ListedPort {
  /** The service's name for it. */
  name: string | null;
  /** The service's. */
  port: number;
  /** The one that the local process takes over; `null` where the cluster does not tell. */
  containerPort: number | null;
}

/** Something that a session can stand in for, as it is now. */
export interface ListedTarget {
  /** As a configuration names it, e.g. `service/web`. */
  target: string;
  ready: number;
  pods: number;
  ports: ListedPort[];
  image: string | null;
  container: string | null;
  /** Why a session would be refused now, in the words of that refusal. Absent: it would not. */
  problem?: string;
}

/** What there is in a namespace. */
export interface Inhabitants {
  services: readonly Service[];
  pods: readonly Pod[];
  deployments: readonly Deployment[];
}

interface Beholder {
  namespace: string;
  /** This user on this machine. */
  owner: string;
}

/** The targets of a namespace: its services, then the deployments that none of them selects; each by name. */
export function targetsAmong(all: Inhabitants, beholder: Beholder): ListedTarget[] {
  const { services, deployments } = all;
  const selectors = services.flatMap(({ spec }) => (hasLabels(spec.selector) ? [spec.selector] : []));
  const unserved = deployments.filter(
    ({ spec }) => !selectors.some((selector) => selects(selector, labelsOf(spec.template))),
  );
  return [
    ...inOrder(services).map((service) => ofService(service, all, beholder)),
    ...inOrder(unserved).map((deployment) => ofDeployment(deployment, all, beholder)),
  ];
}

function ofService(service: Service, { pods, deployments }: Inhabitants, beholder: Beholder): ListedTarget {
  const target = `service/${service.metadata.name}`;
  const declared = (service.spec.ports ?? []).filter(({ protocol }) => isTcp(protocol));
  let selector: Record<string, string>;
  try {
    selector = selectorOfService(service);
  } catch (error) {
    const ports = declared.map(({ name, port }) => ({ name: name ?? null, port, containerPort: null }));
    return { target, ready: 0, pods: 0, ports, image: null, container: null, problem: problemIn(error) };
  }
  const behind = pods.filter(({ metadata }) => selects(selector, metadata.labels ?? {}));
  const template = deployments.find(({ spec }) => selects(selector, labelsOf(spec.template)))?.spec.template;
  const { container, ...described } = describe(target, { behind, pods, template, service }, beholder);
  const ports = declared.map(({ name, port, targetPort }) => ({
    name: name ?? null,
    port,
    containerPort: containerPort(targetPort ?? port, container),
  }));
  // A headless service may declare none: its name leads straight to the pods.
  return { ...described, ...named(container), ports: ports.length > 0 ? ports : portsOf(container) };
}

function ofDeployment(
  { metadata, spec }: Deployment,
  { pods }: Inhabitants,
  beholder: Beholder,
): ListedTarget {
  const selector = spec.selector.matchLabels ?? {};
  const behind = pods.filter((pod) => selects(selector, pod.metadata.labels ?? {}));
  const given = { behind, pods, template: spec.template };
  const { container, ...described } = describe(`deployment/${metadata.name}`, given, beholder);
  return { ...described, ...named(container), ports: portsOf(container) };
}

interface Behind {
  /** The pods that the target selects. */
  behind: readonly Pod[];
  /** All of the namespace's. */
  pods: readonly Pod[];
  /** What its pods are made from; absent: not known, so a pod has to tell. */
  template: PodTemplate | undefined;
  service?: Service;
}

function describe(target: string, given: Behind, { namespace, owner }: Beholder) {
  const { pods, service } = given;
  const behind = given.behind.filter((pod) => !isFinished(pod));
  const counted = behind.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      // An agent that nothing owns takes no traffic yet.
      (isOriginal(pod) || controllerOf(pod) !== undefined),
  );
  const problem = problemOf(() => {
    const pod = choosePod(behind, target, namespace);
    refuseOthers(pods, replicaSetOf(pod, target).uid, owner, target);
  });
  const template: PodTemplate | undefined = given.template ?? behind.find(isOriginal) ?? behind[0];
  const container = template && findContainer(template, undefined, service);
  return {
    target,
    ready: counted.filter(isReady).length,
    pods: counted.length,
    container,
    ...(problem !== undefined && { problem }),
  };
}

function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return problemIn(error);
  }
}

function problemIn(error: unknown): string {
  if (error instanceof LaunchError) return error.message;
  throw error;
}

function named(container: Container | undefined): Pick<ListedTarget, 'container' | 'image'> {
  return { container: container?.name ?? null, image: container?.image ?? null };
}

function portsOf(container: Container | undefined): ListedPort[] {
  return (container?.ports ?? [])
    .filter(({ protocol }) => isTcp(protocol))
    .map(({ name, containerPort: port }) => ({ name: name ?? null, port, containerPort: port }));
}

/** A service's target port as a number, where it is a name. */
function containerPort(port: number | string, container: Container | undefined): number | null {
  if (typeof port === 'number') return port;
  return container?.ports?.find(({ name }) => name === port)?.containerPort ?? null;
}

function isTcp(protocol: string | undefined): boolean {
  return (protocol ?? 'TCP') === 'TCP';
}

function labelsOf(template: PodTemplate): Record<string, string> {
  return template.metadata?.labels ?? {};
}

function hasLabels(selector: Record<string, string> | undefined): selector is Record<string, string> {
  return selector !== undefined && Object.keys(selector).length > 0;
}

function inOrder<T extends { metadata: { name: string } }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
