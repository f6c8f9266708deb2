import { brotliCompressSync } from 'node:zlib';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { agentPods } from '../../adapter/cluster/agentPod.ts';
import type { PodSpec } from '../../adapter/cluster/resources.ts';
import type { Target } from '../../adapter/cluster/target.ts';

function targetOf(spec: PodSpec, replicas = 1): Target {
  const container = spec.containers[0];
  if (container === undefined) throw new Error('A pod has a container.');
  const labels = { app: 'web', tier: 'front', 'pod-template-hash': '5d9c' };
  const metadata = { name: 'web-5d9c', uid: 'rs-uid' };
  return {
    name: 'service/web',
    namespace: 'shop',
    replicaSet: {
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations: { team: 'a' } }, spec },
      },
    },
    replicas,
    pod: { metadata: { name: 'web-5d9c-x', uid: 'pod' }, spec: { ...spec, nodeName: 'node-7' } },
    container,
    ports: [{ local: 3000, remote: 3000 }],
    services: [],
    spareLabel: 'pod-template-hash',
    routedWithoutSpare: true,
    previousSessions: [],
  };
}

function place(spec: PodSpec, changes: Partial<Target> = {}) {
  return agentPods({
    target: { ...targetOf(spec), ...changes },
    session: '0123abcd',
    owner: 'me@here',
    since: '2026-01-01T00:00:00Z',
    token: 'secret-token',
    payload: 'UEFZTE9BRA==',
    image: 'node:22-alpine',
    imagePullPolicy: 'IfNotPresent',
    restoreAfterSeconds: 60,
    drainSeconds: 30,
    holdSeconds: 10,
  });
}

function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1);
  return items[0] as T;
}

test('the pod carries the labels that policies and services select on, but not the one that makes it owned', () => {
  const pod = only(place({ containers: [{ name: 'web' }] }).manifests);
  expect(pod.metadata.labels).toEqual({ app: 'web', tier: 'front', 'localprocess-k8s/session': '0123abcd' });
  expect(pod.metadata.annotations).toMatchObject({
    team: 'a',
    'localprocess-k8s/owner': 'me@here',
    'controller.kubernetes.io/pod-deletion-cost': '2147483647',
  });
});

test('there is one agent per replica, each with a name that fits a host name', () => {
  const target = targetOf({ containers: [{ name: 'web' }] }, 3);
  target.replicaSet.metadata.name = `${'a-very-long-name-'.repeat(6)}5d9c`;
  const names = place(target.replicaSet.spec.template.spec, target).manifests.map(
    (pod) => pod.metadata.name ?? '',
  );
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/);
});

test('the token is not in the pod, its hash is', () => {
  const pod = only(place({ containers: [{ name: 'web' }] }).manifests);
  const config = Buffer.from(pod.spec.containers[0]?.args?.at(-1) ?? '', 'base64').toString();
  expect(JSON.stringify(pod) + config).not.toContain('secret-token');
  expect(config).toContain('"tokenSha256"');
});

test('fields that no library knows yet survive', () => {
  const spec = { containers: [{ name: 'web' }], fieldOfTomorrow: { a: 1 } } as PodSpec;
  expect(only(place(spec).manifests).spec).toMatchObject({ fieldOfTomorrow: { a: 1 } });
});

test('other containers become sidecars that end with the agent', () => {
  const sidecar = { name: 'logger', image: 'busybox:1', ports: [{ containerPort: 9, hostPort: 9 }] };
  const { spec } = only(place({ containers: [{ name: 'web' }, sidecar] }).manifests);
  expect(spec.containers.map(({ name }) => name)).toEqual(['web']);
  expect(spec.initContainers).toEqual([
    { ...sidecar, ports: [{ containerPort: 9 }], restartPolicy: 'Always' },
  ]);
  expect(spec.restartPolicy).toBe('Never');
});

test('init containers that write to lasting volumes are left out and named; the claim is read-only, on the same node', () => {
  const placed = place({
    containers: [
      {
        name: 'web',
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    initContainers: [
      { name: 'migrate', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      { name: 'prepare', volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'tmp', emptyDir: {} },
    ],
  });
  const { spec } = only(placed.manifests);
  expect(placed.omitted).toEqual(['migrate']);
  expect(spec.initContainers?.map(({ name }) => name)).toEqual(['prepare']);
  expect(spec.containers[0]?.volumeMounts).toEqual([
    { name: 'data', mountPath: '/.localprocess-k8s/volumes/data', readOnly: true },
    { name: 'tmp', mountPath: '/.localprocess-k8s/volumes/tmp' },
  ]);
  expect(JSON.stringify(spec.affinity)).toContain('node-7');
});

test("the target's own probes, hooks, command and resources are gone, its variables and security context stay", () => {
  const { spec } = only(
    place({
      containers: [
        {
          name: 'web',
          command: ['server'],
          args: ['--x'],
          workingDir: '/app',
          env: [
            { name: 'A', value: 'b' },
            { name: 'NODE_OPTIONS', value: '--inspect' },
          ],
          envFrom: [{ configMapRef: { name: 'c' } }],
          livenessProbe: { httpGet: { port: 'http' } },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          resources: { requests: { cpu: '4', memory: '8Gi' } },
          securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
        },
      ],
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
      affinity: { podAntiAffinity: {}, nodeAffinity: {} },
    }).manifests,
  );
  const agent = spec.containers[0];
  expect(agent).not.toHaveProperty('livenessProbe');
  expect(agent).not.toHaveProperty('lifecycle');
  expect(agent).not.toHaveProperty('workingDir');
  expect(agent?.command?.[0]).toBe('node');
  expect(agent?.resources?.requests).toEqual({ cpu: '10m', memory: '64Mi' });
  expect(agent?.envFrom).toEqual([{ configMapRef: { name: 'c' } }]);
  expect(agent?.env).toContainEqual({ name: 'A', value: 'b' });
  // The last one counts: the agent's Node.js runs without options, what refers to them still gets them.
  expect(agent?.env?.filter(({ name }) => name === 'NODE_OPTIONS')).toEqual([
    { name: 'NODE_OPTIONS', value: '--inspect' },
    { name: 'NODE_OPTIONS', value: '' },
  ]);
  expect(agent?.securityContext).toEqual({
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    runAsUser: 1000,
  });
  expect(spec).not.toHaveProperty('topologySpreadConstraints');
  expect(spec.affinity).toEqual({ nodeAffinity: {} });
});

test('fields of resources are those of the original, also where only its node knows', () => {
  const refer = (resource: string, containerName?: string) => ({
    name: resource,
    valueFrom: { resourceFieldRef: { resource, ...(containerName === undefined ? {} : { containerName }) } },
  });
  const env = [refer('requests.cpu'), refer('limits.cpu', 'other'), { name: 'A', value: '$(requests.cpu)' }];
  const spec = {
    containers: [{ name: 'web', env, resources: { limits: { cpu: '4' } } }, { name: 'other' }],
  };
  const target = targetOf(spec);
  // What admission makes of the template.
  const admitted = { limits: { cpu: '4' }, requests: { cpu: '3' } };
  target.pod.spec = { containers: [{ name: 'web', resources: admitted }, { name: 'other' }] };
  const agent = only(place(spec, target).manifests).spec.containers[0];
  expect(agent?.env?.slice(0, 3)).toEqual([
    { name: 'requests.cpu', value: '3' },
    { name: 'limits.cpu', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', containerName: 'web' } } },
    { name: 'A', value: '$(requests.cpu)' },
  ]);
  // So that the kubelet says what the node has.
  expect(agent?.resources?.limits).toEqual({ memory: '512Mi' });

  const earlier = {
    ...target.pod,
    metadata: { ...target.pod.metadata, labels: { 'localprocess-k8s/session': 'a' } },
  };
  const again = only(place(spec, { ...target, pod: earlier }).manifests).spec.containers[0];
  expect(again?.env?.[0]).toEqual({ name: 'requests.cpu', value: '4' });
});

test('a port below 1024 can be opened without being root', () => {
  const ports = [{ local: 8080, remote: 80 }];
  const { spec } = only(place({ containers: [{ name: 'web' }] }, { ports }).manifests);
  expect(spec.securityContext?.sysctls).toEqual([
    { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
  ]);
});

test('what starts the agent unpacks and runs the program it is given', async () => {
  const { spec } = only(place({ containers: [{ name: 'web' }] }).manifests);
  const [command = '', ...rest] = spec.containers[0]?.command ?? [];
  const program = brotliCompressSync('console.log(require("node:path").sep, process.argv.at(-1))').toString(
    'base64',
  );
  const { stdout } = await promisify(execFile)(command, [...rest, program, 'configuration']);
  expect(stdout).toBe('/ configuration\n');
});

test('a file of the downward API says what the original has, not the agent', () => {
  const file = (path: string, resource: string, containerName = 'web', divisor?: string) => ({
    path,
    mode: 0o400,
    resourceFieldRef: { resource, containerName, ...(divisor === undefined ? {} : { divisor }) },
  });
  const name = { path: 'name', fieldRef: { fieldPath: 'metadata.name' } };
  const spec: PodSpec = {
    containers: [
      { name: 'web', resources: { limits: { cpu: '1500m' } } },
      { name: 'other', resources: { requests: { memory: '3Mi' } } },
    ],
    volumes: [
      { name: 'pod', downwardAPI: { items: [name, file('cpu', 'limits.cpu', 'web', '1m')] } },
      {
        name: 'all',
        projected: {
          sources: [
            { secret: { name: 'keys' } },
            { downwardAPI: { items: [file('memory', 'requests.memory', 'other', '1Mi')] } },
          ],
        },
      },
      { name: 'node', downwardAPI: { items: [file('memory', 'limits.memory')] } },
    ],
  };
  const pod = only(place(spec).manifests);
  expect(pod.metadata.annotations).toMatchObject({
    'localprocess-k8s/resource-0': '1500',
    'localprocess-k8s/resource-1': '3',
  });
  const shown = (path: string, number: number) => ({
    path,
    mode: 0o400,
    fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['localprocess-k8s/resource-${number}']` },
  });
  expect(pod.spec.volumes).toEqual([
    { name: 'pod', downwardAPI: { items: [name, shown('cpu', 0)] } },
    {
      name: 'all',
      projected: {
        sources: [{ secret: { name: 'keys' } }, { downwardAPI: { items: [shown('memory', 1)] } }],
      },
    },
    // Without a limit it is what its node has: the agent must have none, either.
    { name: 'node', downwardAPI: { items: [file('memory', 'limits.memory')] } },
  ]);
  expect(pod.spec.containers[0]?.resources?.limits).toEqual({ cpu: '2' });
});
