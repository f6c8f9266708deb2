import { expect, test } from '@jest/globals';
import {
  controllerAnnotation,
  ownerAnnotation,
  sessionLabel,
  sinceAnnotation,
} from '../../adapter/cluster/names.ts';
import type { Container, Deployment, Pod, Service } from '../../adapter/cluster/resources.ts';
import { targetsAmong, type Inhabitants } from '../../adapter/cluster/targets.ts';

const beholder = { namespace: 'shop', owner: 'me@here' };
const among = (some: Partial<Inhabitants>) =>
  targetsAmong({ services: [], pods: [], deployments: [], ...some }, beholder);

const web: Container = {
  name: 'web',
  image: 'web:1',
  ports: [
    { name: 'http', containerPort: 3000 },
    { name: 'stats', containerPort: 8125, protocol: 'UDP' },
  ],
};
const proxy: Container = { name: 'istio-proxy', image: 'proxy:1', ports: [{ containerPort: 15090 }] };

function service(name: string, spec: Service['spec']): Service {
  return { metadata: { name, uid: `service-${name}` }, spec };
}

function deployment(name: string, containers: Container[]): Deployment {
  const labels = { app: name };
  return {
    metadata: { name, uid: `deployment-${name}` },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

interface PodOptions {
  ready?: boolean;
  controller?: string | undefined;
  metadata?: Partial<Pod['metadata']>;
  containers?: Container[];
  status?: Pod['status'];
}

let count = 0;
function pod(app: string, options: PodOptions = {}): Pod {
  const { ready = true, controller = 'ReplicaSet', metadata = {}, containers = [web], status } = options;
  const owner = {
    kind: controller,
    name: `${app}-1`,
    uid: `set-${app}`,
    apiVersion: 'apps/v1',
    controller: true,
  };
  return {
    metadata: {
      name: `${app}-${count}`,
      uid: `pod-${count++}`,
      labels: { app, ...metadata.labels },
      ...(controller !== 'nobody' && { ownerReferences: [owner] }),
      ...metadata,
    },
    spec: { containers },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...status,
    },
  };
}

/** The pod of a session's agent. */
function agent(app: string, who: string, controller: string): Pod {
  return pod(app, {
    controller,
    metadata: {
      labels: { app, [sessionLabel]: 'abcd1234' },
      annotations: {
        [ownerAnnotation]: who,
        [sinceAnnotation]: '2026-01-01T00:00:00Z',
        [controllerAnnotation]: `set-${app}`,
      },
    },
    containers: [{ ...web, image: 'node:22-alpine' }],
  });
}

const webService = service('web', {
  selector: { app: 'web' },
  ports: [
    { name: 'web', port: 80, targetPort: 'http' },
    { port: 443, targetPort: 3443 },
    { name: 'same', port: 9090 },
    { name: 'elsewhere', port: 1, targetPort: 'nowhere' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
});

test('a service: its pods, its TCP ports and where they lead, and the container behind them', () => {
  const pods = [pod('web'), pod('web', { ready: false }), pod('other')];
  expect(among({ services: [webService], pods, deployments: [deployment('web', [proxy, web])] })).toEqual([
    {
      target: 'service/web',
      ready: 1,
      pods: 2,
      container: 'web',
      image: 'web:1',
      ports: [
        { name: 'web', port: 80, containerPort: 3000 },
        { name: null, port: 443, containerPort: 3443 },
        { name: 'same', port: 9090, containerPort: 9090 },
        { name: 'elsewhere', port: 1, containerPort: null },
      ],
    },
  ]);
});

test('pods that have finished, are going, or are agents that wait do not count', () => {
  const pods = [
    pod('web'),
    pod('web', { status: { phase: 'Failed' } }),
    pod('web', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    agent('web', 'me@here', 'nobody'),
  ];
  expect(among({ services: [webService], pods })).toMatchObject([{ ready: 1, pods: 1 }]);
});

test('while one’s own session is there, the image is still the original’s, and nothing is in the way', () => {
  const [listed] = among({
    services: [webService],
    pods: [agent('web', 'me@here', 'ReplicaSet')],
    deployments: [deployment('web', [web])],
  });
  expect(listed).toMatchObject({ ready: 1, pods: 1, image: 'web:1', container: 'web' });
  expect(listed).not.toHaveProperty('problem');
});

test('services come first, then the deployments that none of them selects, each by name', () => {
  const listed = among({
    services: [webService, service('alone', { ports: [{ port: 80 }] })],
    pods: [pod('web'), pod('worker'), pod('batch')],
    deployments: [deployment('worker', [web]), deployment('web', [web]), deployment('batch', [proxy])],
  });
  expect(listed.map(({ target }) => target)).toEqual([
    'service/alone',
    'service/web',
    'deployment/batch',
    'deployment/worker',
  ]);
  expect(listed[3]).toEqual({
    target: 'deployment/worker',
    ready: 1,
    pods: 1,
    container: 'web',
    image: 'web:1',
    ports: [{ name: 'http', port: 3000, containerPort: 3000 }],
  });
});

test('a headless service without ports has those of its container', () => {
  const headless = service('web', { selector: { app: 'web' }, clusterIP: 'None' });
  expect(among({ services: [headless], pods: [pod('web')] })).toMatchObject([
    { ports: [{ name: 'http', port: 3000, containerPort: 3000 }] },
  ]);
});

test('without a deployment an original tells what runs there, not an agent', () => {
  const pods = [agent('web', 'me@here', 'ReplicaSet'), pod('web', { ready: false })];
  expect(among({ services: [webService], pods })).toMatchObject([{ image: 'web:1' }]);
});

const problems: [name: string, given: Partial<Inhabitants>, says: RegExp][] = [
  [
    'an ExternalName',
    { services: [service('out', { type: 'ExternalName', externalName: 'x.invalid' })] },
    /^Cannot stand in for the service "out": it names a host outside the cluster\. Choose/,
  ],
  [
    'a service without selector',
    { services: [service('out', { selector: {} })] },
    /^Cannot stand in for the service "out": it selects no pods\. Choose/,
  ],
  ['a service without pods', { services: [webService] }, /"service\/web" .*: it has no pod\. Scale/],
  [
    'a deployment that was scaled down',
    { deployments: [deployment('idle', [web])] },
    /"deployment\/idle" .*: it has no pod\. Scale/,
  ],
  [
    'pods that are not ready',
    {
      services: [webService],
      pods: [
        pod('web', {
          ready: false,
          status: {
            containerStatuses: [
              {
                name: 'web',
                image: '',
                imageID: '',
                ready: false,
                restartCount: 9,
                state: { waiting: { reason: 'CrashLoopBackOff' } },
              },
            ],
          },
        }),
      ],
    },
    /none of its 1 pods is ready \(web-\d+: CrashLoopBackOff\)\. Wait/,
  ],
  [
    'pods of a StatefulSet',
    { services: [webService], pods: [pod('web', { controller: 'StatefulSet' })] },
    /its pod "web-\d+" belongs to the StatefulSet "web-1", and only pods that a ReplicaSet owns/,
  ],
  [
    'a pod of nobody',
    { services: [webService], pods: [pod('web', { controller: 'nobody' })] },
    /its pod "web-\d+" has no controller/,
  ],
  [
    'what somebody else has',
    { services: [webService], pods: [pod('web'), agent('web', 'you@there', 'nobody')] },
    /"service\/web": you@there has it since 2026-01-01T00:00:00Z\..* Ask them to stop/,
  ],
];

test.each(problems)('%s is listed, with the reason why it cannot be a target', (_, given, says) => {
  const listed = among(given);
  expect(listed).toHaveLength(1);
  expect(listed[0]?.problem).toMatch(says);
});

test('nothing', () => {
  expect(among({})).toEqual([]);
});
