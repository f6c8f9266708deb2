import { join } from 'node:path';

/** Tells what it sees of its volumes. */
export const program = join(process.cwd(), 'test', 'fixtures', 'volumes.cjs');

/** A deployment that has every kind of volume; its claim has a persistent volume of its own. */
export function manifests({ claim, secret }: { claim: string; secret: string }): object[] {
  const mount = (name: string, mountPath: string, more: object = {}) => ({ name, mountPath, ...more });
  const resource = (containerName: string, of: string) => ({
    resourceFieldRef: { containerName, resource: of, divisor: '1m' },
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: claim },
      spec: {
        capacity: { storage: '1Mi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: claim,
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path: `/tmp/${claim}`, type: 'DirectoryOrCreate' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'claim' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: claim,
        resources: { requests: { storage: '1Mi' } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { color: 'red', empty: '', 'only.txt': 'one\n', text: 'a=b\n"quoted" ü\n' },
      binaryData: { bytes: Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('base64') },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      stringData: { key: secret, age: 'old' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app' },
      spec: {
        selector: { matchLabels: { app: 'app' } },
        template: {
          metadata: { labels: { app: 'app' } },
          spec: {
            terminationGracePeriodSeconds: 0,
            initContainers: [
              {
                name: 'fill',
                image: 'busybox:1',
                imagePullPolicy: 'IfNotPresent',
                command: ['sh', '-c', fill],
                volumeMounts: [mount('filled', '/filled')],
              },
            ],
            containers: [
              {
                name: 'app',
                image: 'busybox:1',
                imagePullPolicy: 'IfNotPresent',
                command: ['sh', '-c', `${fillClaim}; exec sleep 100000`],
                resources: { limits: { cpu: '250m', memory: '32Mi' } },
                // Ready when the claim is as it is going to be.
                readinessProbe: { exec: { command: ['test', '-e', '/claim/done'] }, periodSeconds: 1 },
                volumeMounts: [
                  mount('settings', '/etc/settings'),
                  mount('settings', '/etc/one/only.txt', { subPath: 'only.txt' }),
                  mount('items', '/etc/items'),
                  mount('keys', '/etc/keys'),
                  mount('all', '/etc/all'),
                  mount('pod', '/etc/pod'),
                  mount('filled', '/filled'),
                  mount('claim', '/claim'),
                ],
              },
            ],
            volumes: [
              { name: 'settings', configMap: { name: 'settings' } },
              {
                name: 'items',
                configMap: {
                  name: 'settings',
                  defaultMode: 0o400,
                  items: [
                    { key: 'text', path: 'deep/in it/the text', mode: 0o755 },
                    { key: 'bytes', path: 'bytes' },
                  ],
                },
              },
              { name: 'keys', secret: { secretName: 'keys' } },
              {
                name: 'all',
                projected: {
                  sources: [
                    { serviceAccountToken: { path: 'token', expirationSeconds: 600 } },
                    { configMap: { name: 'settings', items: [{ key: 'text', path: 'settings/text' }] } },
                    { secret: { name: 'keys' } },
                    { downwardAPI: { items: [{ path: 'cpu', ...resource('app', 'limits.cpu') }] } },
                  ],
                },
              },
              {
                name: 'pod',
                downwardAPI: {
                  items: [
                    { path: 'app', fieldRef: { fieldPath: "metadata.labels['app']" } },
                    { path: 'cpu', ...resource('app', 'limits.cpu') },
                  ],
                },
              },
              { name: 'filled', emptyDir: {} },
              { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
            ],
          },
        },
      },
    },
  ];
}

const fill = `cd /filled; mkdir -p "a folder/empty one"; echo x > "a folder/two words"; ln -s "a folder/two words" link
ln -s /etc/settings/color absolute; mkdir closed; chmod 750 closed; head -c 204800 /dev/zero > zeros; chmod 640 zeros; chmod 2775 "a folder"`;
const fillClaim = `cd /claim; echo lasting > file; chmod 600 file; ln -sf file link; mkdir -p sub; touch done`;

/** Data in a volume is named for the time at which the kubelet made it. */
export function expectedOf(listings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(listings).map(([path, text]) => [path, text.replaceAll(/\.\.\d{4}_[\d_.]+/g, '..time')]),
  );
}
