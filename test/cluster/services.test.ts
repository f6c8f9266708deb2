import { expect, test } from '@jest/globals';
import { rulesFor, roleManifest } from '../../adapter/cluster/permissions.ts';
import { missingServices } from '../../adapter/cluster/selection.ts';
import { apiServer, visible, type EndpointSlice } from '../../adapter/cluster/services.ts';

type Spec = Parameters<typeof visible>[0]['spec'];
const seen = (spec: Spec, slices: Partial<EndpointSlice>[] = []) =>
  visible(
    { metadata: { name: 'db', uid: '1' }, spec },
    'shop',
    slices.map((slice) => ({ metadata: { name: 'db-1', uid: '2' }, ...slice })),
  );

test('several ports, named and unnamed, are those of the service itself', () => {
  const ports = [
    { name: 'a', port: 80, targetPort: 'http' },
    { name: 'b', port: 81 },
  ];
  expect(seen({ clusterIP: '10.0.0.1', ports })).toEqual([
    {
      name: 'db',
      namespace: 'shop',
      host: '10.0.0.1',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    },
  ]);
  expect(seen({ clusterIP: '10.0.0.1', ports: [{ port: 80 }] })[0]?.ports).toEqual([{ port: 80 }]);
});

test('ports of other protocols are told apart', () => {
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'tcp', port: 53, protocol: 'TCP' },
  ];
  expect(seen({ clusterIP: '10.0.0.1', ports })).toMatchObject([
    { ports: [{ name: 'tcp', port: 53 }], otherPorts: ['53/UDP'] },
  ]);
});

test('an ExternalName is dialled as what it names, on its ports or those of the web', () => {
  const spec = { type: 'ExternalName', externalName: 'db.example.com' };
  expect(seen(spec)).toMatchObject([{ host: 'db.example.com', ports: [{ port: 80 }, { port: 443 }] }]);
  expect(seen({ ...spec, ports: [{ port: 5432 }] })).toMatchObject([{ ports: [{ port: 5432 }] }]);
});

test("a headless service has its pods' ports beside its own, and each pod its own name", () => {
  const slice: Partial<EndpointSlice> = {
    addressType: 'IPv4',
    ports: [{ name: 'main', port: 6379, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.1.0.1'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.1.0.2'], hostname: 'db-1', conditions: { ready: false } },
      { addresses: ['10.1.0.3'] },
    ],
  };
  const ports = [{ port: 80 }, { name: 'main', port: 6379 }];
  expect(seen({ clusterIP: 'None', ports: [{ port: 80 }] }, [slice])).toEqual([
    { name: 'db', namespace: 'shop', host: 'db.shop.svc', ports },
    { kind: 'pod', name: 'db-0.db', namespace: 'shop', host: '10.1.0.1', ports },
  ]);
  // What DNS is told of one that is not ready: publishNotReadyAddresses makes it ready in the slices.
  const published = { ...slice, endpoints: [{ addresses: ['10.1.0.2'], hostname: 'db-1', conditions: {} }] };
  expect(seen({ clusterIP: 'None' }, [published])).toMatchObject([{}, { name: 'db-1.db' }]);
  expect(seen({ clusterIP: 'None' }, [{ endpoints: null, ports: null }])).toMatchObject([{ ports: [] }]);
});

test("the API server is known from the pod's environment", () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  expect(apiServer(environment)).toEqual([
    { name: 'kubernetes', namespace: 'default', host: '10.0.0.1', ports: [{ name: 'https', port: 443 }] },
  ]);
  expect(apiServer({})).toEqual([]);
});

test('a service asked for by its name that is not there is named', () => {
  const selection = { namespace: 'other', names: ['db', 'cache'], matches: () => true };
  const patterns = { namespace: 'shop', matches: () => true };
  expect(missingServices([selection, patterns], [{ name: 'db', namespace: 'other' }])).toEqual([
    'other/cache',
  ]);
});

test('the Role for one service of another namespace is for that one', () => {
  expect(roleManifest('other', rulesFor({ names: ['db'] }))).toContain(
    '{ apiGroups: [""], resources: ["services"], resourceNames: ["db"], verbs: ["get", "list", "watch"] }',
  );
  expect(roleManifest('other', rulesFor({}))).not.toContain('resourceNames');
});
