/** Things in a namespace that cannot be stood in for (yet), and some that can for a while only. */
export const oddities: readonly object[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'ledger' },
    spec: { serviceName: 'ledger', replicas: 1, ...workload('ledger') },
  },
  service('ledger', { app: 'ledger' }),
  { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'meter' }, spec: workload('meter') },
  service('meter', { app: 'meter' }),
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'lone', labels: { app: 'lone' } }, spec: podSpec() },
  service('lone', { app: 'lone' }),
  service('outside'),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'elsewhere' },
    spec: { type: 'ExternalName', externalName: 'elsewhere.invalid' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'asleep' },
    spec: { replicas: 0, ...workload('asleep') },
  },
  service('asleep', { app: 'asleep' }),
  // A ReplicaSet of nobody: a Deployment of it would never be available.
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'unready' },
    spec: {
      replicas: 1,
      ...workload('unready', { readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } }),
    },
  },
  service('unready', { app: 'unready' }),
];

/** A deployment whose pod leaves no room on any node for another one like it. */
export function heavy(cpu: string): object[] {
  const { selector, template } = workload('heavy');
  const ballast = { ...container('ballast'), resources: { requests: { cpu } } };
  const spec = { ...template.spec, containers: [...template.spec.containers, ballast] };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'heavy' },
      spec: { replicas: 1, selector, template: { ...template, spec } },
    },
    service('heavy', { app: 'heavy' }),
  ];
}

/** A deployment beside whose first container another one listens to port 7070, which the pod's spec does not say. */
export function crowded(): object[] {
  const { selector, template } = workload('crowded');
  const listening = { ...container('neighbour'), command: ['httpd', '-f', '-p', '7070'] };
  const spec = { ...template.spec, containers: [...template.spec.containers, listening] };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'crowded' },
      spec: { replicas: 1, selector, template: { ...template, spec } },
    },
  ];
}

function service(name: string, selector?: Record<string, string>): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ...(selector === undefined ? {} : { selector }), ports: [{ name: 'http', port: 80 }] },
  };
}

function workload(app: string, more: object = {}) {
  const labels = { app };
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(more) } };
}

function podSpec(more: object = {}) {
  return {
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ ...container('main'), ...more }],
  };
}

function container(name: string) {
  return {
    name,
    image: 'busybox:1',
    imagePullPolicy: 'IfNotPresent',
    command: ['sleep', '100000'],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}
