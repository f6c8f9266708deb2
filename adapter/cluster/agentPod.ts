import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { AgentConfig } from '../../agent/protocol.ts';
import { LaunchError } from '../errors.ts';
import { quoted } from '../nearest.ts';
import { agentEnvironment } from './agentEnvironment.ts';
import { agentVolumes } from './agentVolumes.ts';
import {
  controllerAnnotation,
  deletionCostAnnotation,
  ownerAnnotation,
  sessionLabel,
  sinceAnnotation,
  targetAnnotation,
} from './names.ts';
import type { Container, Pod, PodSpec } from './resources.ts';
import { commonLabels, type Target } from './target.ts';

/** Where the original's volumes are mounted in the agent, so that one over `/usr` does not hide Node.js. */
export const mountRoot = '/.localprocess-k8s/volumes';

/** Started by the agent's image: unpacks the program that the next argument carries and runs it. */
const bootstrap =
  "const z=require('node:zlib');(0,eval)('(function(require,module,process){'+z.brotliDecompressSync(Buffer.from(process.argv[1],'base64'))+'})')(require,module,process)";

export interface AgentPodOptions {
  target: Target;
  session: string;
  owner: string;
  since: string;
  token: string;
  /** The agent's program: brotli, base64. */
  payload: string;
  image: string;
  imagePullPolicy: string;
  restoreAfterSeconds: number;
  drainSeconds: number;
  holdSeconds: number;
}

export interface AgentPods {
  manifests: (Pick<Pod, 'spec'> & { apiVersion: string; kind: string; metadata: Partial<Pod['metadata']> })[];
  /** The port on the pod's loopback that port-forwards go to. */
  controlPort: number;
  /** Init containers that were left out because they could change a volume that the original uses. */
  omitted: string[];
}

/**
 * The pods that stand in for the target, one per replica: the controller's template with the target container
 * swapped for the agent, and without the spare label, so that nothing owns them yet. What is kept, dropped and
 * changed: design.md, "Redirect by adoption".
 */
export function agentPods(options: AgentPodOptions): AgentPods {
  const { target } = options;
  const spec = structuredClone(target.replicaSet.spec.template.spec);
  const omitted = (spec.initContainers ?? []).filter(
    (container) => !isSidecar(container) && touchesLastingData(container, spec),
  );
  const [controlPort, readinessPort] = freePorts(spec);
  const config: AgentConfig = {
    tokenSha256: createHash('sha256').update(options.token).digest('hex'),
    controlPort,
    readinessPort,
    ports: [...new Set(target.ports.map(({ remote }) => remote))],
    restoreAfterSeconds: options.restoreAfterSeconds,
    drainSeconds: options.drainSeconds,
    holdSeconds: options.holdSeconds,
    exitCode: 1,
  };
  const { volumes, annotations } = agentVolumes(target);
  if (volumes.length > 0) spec.volumes = volumes;
  const podSpec = cloneSpec(spec, options, config, omitted);
  const metadata = {
    namespace: target.namespace,
    labels: { ...commonLabels(target), [sessionLabel]: options.session },
    annotations: {
      ...target.replicaSet.spec.template.metadata?.annotations,
      [ownerAnnotation]: options.owner,
      [sinceAnnotation]: options.since,
      [targetAnnotation]: target.name,
      [controllerAnnotation]: target.replicaSet.metadata.uid,
      [deletionCostAnnotation]: '2147483647',
      'kubectl.kubernetes.io/default-container': target.container.name,
      ...annotations,
    },
  };
  const manifests = agentNames(target, options.session).map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name },
    spec: podSpec,
  }));
  return { manifests, controlPort, omitted: omitted.map((container) => container.name) };
}

/** The names of a session's agents, known before they exist: the journal writes them down first. */
export function agentNames(target: Target, session: string): string[] {
  // A pod's name becomes its host name, which has 63 characters at most.
  const stem = target.replicaSet.metadata.name.slice(0, 40).replace(/[^a-z0-9]+$/, '');
  return Array.from({ length: target.replicas }, (_, index) => `${stem}-local-${session}-${index}`);
}

function cloneSpec(
  spec: PodSpec,
  options: AgentPodOptions,
  config: AgentConfig,
  omitted: Container[],
): PodSpec {
  const { target } = options;
  const others = spec.containers.filter((container) => container.name !== target.container.name);
  const clone: PodSpec = {
    ...spec,
    restartPolicy: 'Never',
    // The agent's own grace: it goes on accepting until nothing new comes, `drainSeconds` at most, then gives
    // busy connections as long again.
    terminationGracePeriodSeconds: 2 * Math.ceil(options.drainSeconds) + 15,
    initContainers: [
      ...(spec.initContainers ?? []).filter((container) => !omitted.includes(container)),
      // With an ordinary second container the pod would go on running after the agent has gone, and nothing
      // would be restored. Needs Kubernetes 1.29.
      ...others.map((container) => ({ ...withoutHostPorts(container), restartPolicy: 'Always' })),
    ],
    containers: [agentContainer(target.container, spec, options, config)],
  };
  if (spec.affinity !== undefined) {
    clone.affinity = { ...spec.affinity };
    delete clone.affinity.podAntiAffinity;
  }
  delete clone.topologySpreadConstraints;
  delete clone.schedulingGates;
  if (config.ports.some((port) => port < 1024) && spec.hostNetwork !== true) {
    const name = 'net.ipv4.ip_unprivileged_port_start';
    const sysctls = (spec.securityContext?.sysctls ?? []).filter((sysctl) => sysctl.name !== name);
    clone.securityContext = { ...spec.securityContext, sysctls: [...sysctls, { name, value: '0' }] };
  }
  const claims = (spec.volumes ?? []).some((volume) => volume.persistentVolumeClaim !== undefined);
  if (claims && target.pod.spec.nodeName !== undefined) pinToNode(clone, target.pod.spec.nodeName);
  return clone;
}

function agentContainer(
  original: Container,
  spec: PodSpec,
  options: AgentPodOptions,
  config: AgentConfig,
): Container {
  const claims = new Set(
    (spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim).map((volume) => volume.name),
  );
  const { env, unlimited: ofVariables } = agentEnvironment(options.target);
  const unlimited = new Set([...ofVariables, ...agentVolumes(options.target).unlimited]);
  const limitsProcessor = original.resources?.limits?.cpu !== undefined;
  const limits = { memory: '512Mi', ...(limitsProcessor ? { cpu: '2' } : {}) };
  const container: Container = {
    name: original.name,
    image: options.image,
    imagePullPolicy: options.imagePullPolicy,
    command: ['node', '-e', bootstrap],
    args: [options.payload, Buffer.from(JSON.stringify(config)).toString('base64')],
    env,
    ports: (original.ports ?? []).map(({ hostPort: _port, hostIP: _address, ...port }) => port),
    volumeMounts: (original.volumeMounts ?? []).map((mount) => ({
      ...mount,
      mountPath: posix.join(mountRoot, posix.join('/', mount.mountPath)),
      ...(claims.has(mount.name) ? { readOnly: true } : {}),
    })),
    readinessProbe: { tcpSocket: { port: config.readinessPort }, periodSeconds: 1, timeoutSeconds: 5 },
    resources: {
      requests: { cpu: '10m', memory: '64Mi' },
      limits: Object.fromEntries(Object.entries(limits).filter(([name]) => !unlimited.has(name))),
    },
  };
  if (original.envFrom !== undefined) container.envFrom = original.envFrom;
  const security = { ...spec.securityContext, ...original.securityContext };
  if (original.securityContext !== undefined) container.securityContext = { ...original.securityContext };
  if (security.runAsNonRoot === true && security.runAsUser === undefined) {
    container.securityContext = { ...original.securityContext, runAsUser: 1000 };
  }
  return container;
}

function withoutHostPorts(container: Container): Container {
  if (container.ports === undefined) return container;
  return { ...container, ports: container.ports.map(({ hostPort: _port, ...port }) => port) };
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** Whether running an init container a second time could change data that the original still uses. */
function touchesLastingData(container: Container, spec: PodSpec): boolean {
  const lasting = (spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim ?? volume.hostPath);
  return (container.volumeMounts ?? []).some((mount) => lasting.some((volume) => volume.name === mount.name));
}

function pinToNode(spec: PodSpec, node: string): void {
  const here = { key: 'metadata.name', operator: 'In', values: [node] };
  const asked = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    ?.nodeSelectorTerms ?? [{}];
  spec.affinity = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: asked.map((term) => ({
          ...term,
          matchFields: [...(term.matchFields ?? []), here],
        })),
      },
    },
  };
}

/** Below what kernels give to outgoing connections, as those of a port-forward are: none is in the way of listening. */
const firstPort = 27_801;

/** Two ports that no container of the pod declares; an agent's own are of no concern to anyone else. */
function freePorts(spec: PodSpec): [control: number, readiness: number] {
  const taken = new Set(
    [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) =>
      (container.ports ?? []).map((port) => port.containerPort),
    ),
  );
  const free = Array.from({ length: taken.size + 2 }, (_, index) => firstPort + index).filter(
    (port) => !taken.has(port),
  );
  const [control, readiness] = free;
  if (control === undefined || readiness === undefined) {
    throw new LaunchError(
      'target-unsupported',
      `Cannot find a free port beside ${quoted([...taken].map(String))}.`,
    );
  }
  return [control, readiness];
}
