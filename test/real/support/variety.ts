/** A value as long as a variable may well be: 64 KiB, of characters of two bytes. */
export const long = 'äö'.repeat(16 * 1024);

/** Values that somebody's parser might trip over. */
export const odd = {
  NEW_LINES: ' first\n\n"second"\r\n\tthird \n',
  EQUALS: '=a=b==',
  QUOTES: `'"\`"' \\" \\n $HOME \${HOME} %PATH% !x`,
  UNICODE: 'Grüße, 世界 🎉 \u00a0',
  JSON: '{"a": ["b", null]}',
  LONG: long,
};

const refer = (name: string, resource: string, rest: { divisor?: string; containerName?: string } = {}) => ({
  name,
  valueFrom: { resourceFieldRef: { resource, ...rest } },
});
const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** The variables that name the pod, which is another during the session. */
export const ofThePod = ['POD_NAME', 'POD_IP', 'POD_UID', 'HOSTNAME'];

/** A deployment that has every kind of variable that a pod's specification and its image can set, and its things. */
export const variety: readonly object[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'odd' }, data: odd },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' }, data: { 'some.key': 'from a map' } },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'secret' },
    data: Object.fromEntries(
      Object.entries(odd).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
  },
  ...['db', 'metrics-store'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      selector: { app: name },
      ports: [
        { name: 'main', port: 5432 },
        { name: 'admin', port: 8080 },
        { name: 'sync', port: 53, protocol: 'UDP' },
      ],
    },
  })),
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'variety' },
    spec: {
      selector: { matchLabels: { app: 'variety' } },
      template: {
        metadata: { labels: { app: 'variety' } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image: 'localhost/baked:1',
              imagePullPolicy: 'IfNotPresent',
              resources: {
                requests: { cpu: '30m', memory: '33Mi' },
                limits: { cpu: '1500m', memory: '100Mi' },
              },
              envFrom: [
                { configMapRef: { name: 'odd' } },
                { prefix: 'SECRET_', secretRef: { name: 'secret' } },
                { prefix: 'NONE_', configMapRef: { name: 'nobody', optional: true } },
              ],
              env: [
                ...Object.entries(odd).map(([name, value]) => ({ name: `SPEC_${name}`, value })),
                { name: 'EMPTY', value: '' },
                { name: 'DOLLARS', value: '$$(EMPTY) $(UNKNOWN) $' },
                { name: 'GREETING', value: 'specification' },
                { name: 'FROM_KEY', valueFrom: { configMapKeyRef: { name: 'plain', key: 'some.key' } } },
                { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'secret', key: 'NEW_LINES' } } },
                {
                  name: 'NO_SECRET',
                  valueFrom: { secretKeyRef: { name: 'nobody', key: 'x', optional: true } },
                },
                {
                  name: 'NO_KEY',
                  valueFrom: { configMapKeyRef: { name: 'plain', key: 'x', optional: true } },
                },
                field('POD_NAME', 'metadata.name'),
                field('POD_IP', 'status.podIP'),
                field('POD_UID', 'metadata.uid'),
                field('NAMESPACE', 'metadata.namespace'),
                field('NODE', 'spec.nodeName'),
                field('ACCOUNT', 'spec.serviceAccountName'),
                refer('CPU_REQUEST', 'requests.cpu', { divisor: '1m' }),
                refer('CPU_LIMIT', 'limits.cpu'),
                refer('MEMORY_REQUEST', 'requests.memory'),
                refer('MEMORY_LIMIT', 'limits.memory', { divisor: '1Mi' }),
                refer('STORAGE_LIMIT', 'limits.ephemeral-storage', { divisor: '1Mi' }),
                refer('OTHER_CPU_LIMIT', 'limits.cpu', { containerName: 'other' }),
                refer('OTHER_MEMORY_LIMIT', 'limits.memory', { containerName: 'other' }),
                refer('OTHER_MEMORY_REQUEST', 'requests.memory', { containerName: 'other' }),
                { name: 'HEAP', value: '-Xmx$(MEMORY_LIMIT)m -Dkey="$(FROM_KEY)" $(SECRET_EQUALS)' },
                { name: 'NODE_PATH', value: '/pod/modules' },
                { name: 'SEARCH', value: '$(NODE_PATH):/more' },
                { name: 'PYTHONPATH', value: '/pod/python' },
              ],
            },
            {
              name: 'other',
              image: 'localhost/baked:1',
              // Ends when it is told to: the agent's pod goes no sooner than this.
              command: ['sh', '-c', 'trap exit TERM; sleep 1000000 & wait'],
              imagePullPolicy: 'IfNotPresent',
              resources: { requests: { memory: '5M' } },
            },
          ],
        },
      },
    },
  },
];

/** A deployment of an image in which there is nothing but its program. */
export const bare: object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'bare' },
  spec: {
    selector: { matchLabels: { app: 'bare' } },
    template: {
      metadata: { labels: { app: 'bare' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: 'localhost/static:1',
            imagePullPolicy: 'IfNotPresent',
            env: [{ name: 'SPEC', value: 'known' }],
          },
        ],
      },
    },
  },
};
