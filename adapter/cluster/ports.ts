import { LaunchError } from '../errors.ts';
import { didYouMean, quoted } from '../nearest.ts';
import type { Container, Pod, PodTemplate, Service } from './resources.ts';

/** The port of the container that is taken over, and the port of this machine that answers instead. */
export interface PortPair {
  local: number;
  remote: number;
}

/**
 * Containers that meshes and tools add, which nobody means by "the container of this pod". Names as their
 * projects inject them.
 */
const sidecars = new Set([
  'istio-proxy',
  'linkerd-proxy',
  'daprd',
  'envoy',
  'envoy-sidecar',
  'consul-dataplane',
  'kuma-sidecar',
  'vault-agent',
  'cloud-sql-proxy',
  'cloudsql-proxy',
  'datadog-agent',
  'fluent-bit',
  'filebeat',
  'otc-container',
  'osm-envoy',
]);

/**
 * The container to replace: the one asked for, else the one a service's target port belongs to, else the one
 * annotated as default for kubectl, else the first that is not a known sidecar.
 */
export function findContainer(
  template: PodTemplate,
  name: string | undefined,
  service: Service | undefined,
): Container {
  const { containers } = template.spec;
  const names = containers.map((container) => container.name);
  if (name !== undefined) {
    const asked = containers.find((container) => container.name === name);
    if (asked !== undefined) return asked;
    throw new LaunchError(
      'container-missing',
      `Cannot find the container "${name}" in the target's pod${didYouMean(name, names)} It has ${quoted(names)}.`,
      { attribute: 'container' },
    );
  }
  const marked = template.metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  const found =
    containers.find((container) =>
      service?.spec.ports?.some((port) => declares(container, port.targetPort ?? port.port)),
    ) ??
    containers.find((container) => container.name === marked) ??
    containers.find((container) => !sidecars.has(container.name)) ??
    containers[0];
  if (found === undefined)
    throw new LaunchError('container-missing', "Cannot find a container in the target's pod.");
  return found;
}

/**
 * The pairs of ports that `ports` asks for, or by default every TCP port that the container declares or a
 * service routes to it, each on the same number here.
 */
export function findPorts(
  template: PodTemplate,
  container: Container,
  services: readonly Service[],
  asked: readonly string[] | undefined,
): PortPair[] {
  if (asked !== undefined) return distinct(asked.map((text) => parsePair(text, container)));
  const elsewhere = template.spec.containers.filter((other) => other !== container);
  const routed = services
    .flatMap(({ spec }) => spec.ports ?? [])
    .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
    .map((port) => port.targetPort ?? port.port)
    .flatMap((port) => (typeof port === 'number' ? port : []))
    .filter((port) => !elsewhere.some((other) => declares(other, port)));
  const ports = new Set([...tcpPorts(container).map((port) => port.containerPort), ...routed]);
  return [...ports].map((port) => ({ local: port, remote: port }));
}

/**
 * The pairs, each once. Several of the container's ports may lead to one port here; the other way round nobody
 * could tell which is meant.
 */
function distinct(pairs: readonly PortPair[]): PortPair[] {
  const locals = new Map<number, number>();
  for (const { local, remote } of pairs) {
    const other = locals.get(remote) ?? local;
    if (other !== local)
      throw new LaunchError(
        'configuration-invalid',
        `Cannot send the container's port "${remote}" to two local ports, "${other}" and "${local}": leave one of them out of "ports".`,
        { attribute: 'ports' },
      );
    locals.set(remote, local);
  }
  return [...locals].map(([remote, local]) => ({ local, remote }));
}

function parsePair(text: string, container: Container): PortPair {
  const [local = '', remote = local] = text.split(':');
  const declared = tcpPorts(container);
  const number = /^\d+$/.test(remote)
    ? Number(remote)
    : declared.find((port) => port.name === remote)?.containerPort;
  if (number === undefined) {
    const names = declared.flatMap((port) => port.name ?? []);
    throw new LaunchError(
      'port-missing',
      `Cannot find the port "${remote}" of the container "${container.name}"${didYouMean(remote, names)} It names ${quoted(names)}${declared.length > 0 ? ` and has the numbers ${declared.map((port) => port.containerPort).join(', ')}` : ''}.`,
      { attribute: 'ports' },
    );
  }
  for (const port of [Number(local), number]) {
    if (port < 1 || port > 65_535) {
      throw new LaunchError(
        'configuration-invalid',
        `Cannot use the port ${port} in "${text}": ports are 1 to 65535.`,
        {
          attribute: 'ports',
        },
      );
    }
  }
  return { local: Number(local), remote: number };
}

function tcpPorts(container: Container): NonNullable<Container['ports']> {
  return (container.ports ?? []).filter((port) => (port.protocol ?? 'TCP') === 'TCP');
}

function declares(container: Container, port: number | string): boolean {
  return tcpPorts(container).some((own) => own.name === port || own.containerPort === port);
}

/** The TCP ports that a pod's other containers declare, also those that admission added to it. */
export function portsOfOthers(pod: Pod | undefined, container: string): number[] {
  const { containers = [], initContainers = [] } = pod?.spec ?? {};
  return [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')]
    .filter(({ name }) => name !== container)
    .flatMap(({ ports = [] }) => ports)
    .filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP')
    .map(({ containerPort }) => containerPort);
}
