import { expect, test } from '@jest/globals';
import { parseProcessConfiguration } from '../../adapter/processConfig/read.ts';
import {
  askedFor,
  checkServices,
  checkVolumes,
  resolveVariables,
} from '../../adapter/processConfig/resolve.ts';

const withValues = (...values: string[]) =>
  parseProcessConfiguration(
    '/app/file.yaml',
    `version: 0.1\nenv:\n${values.map((value, index) => `  - name: V${index}\n    value: ${value}\n`).join('')}`,
  );
const service = (name: string, namespace: string, address: string, locals: [number, number][]) => ({
  name,
  namespace,
  address,
  hostnames: [name],
  ports: locals.map(([port, local]) => ({ port, local })),
});
const db = service('db', 'shop', '127.65.0.2', [
  [5432, 5432],
  [8080, 8080],
]);
const web = service('web', 'other', '127.65.0.3', [[80, 80]]);
const endpoint = { ...service('db.example', '', '127.65.0.4', [[1433, 1433]]), kind: 'endpoint' };
const volumes = [
  { volume: 'settings', folder: '/tmp/s/volumes/settings' },
  { volume: 'default-token-abc', folder: '/tmp/s/volumes/token' },
  { volume: 'default', folder: '/tmp/s/volumes/default' },
];
const here = { services: [db, web, endpoint], volumes, homeNamespace: 'shop' };

test('where names lead here a service is the address of its listeners, an endpoint its name', () => {
  const configuration = withValues(
    '$(services:db)',
    'http://$(services:db:8080):8080/x',
    '$(services:web.other)/api',
    '$(externalEndpoints:DB.example:1433)',
    '$(volumeMounts:settings)/app.json',
    '$(volumeMounts:default-token-*)',
    '$(volumeMounts:default)',
    'plain',
  );
  expect(resolveVariables(configuration, here)).toEqual({
    V0: '127.65.0.2',
    V1: 'http://127.65.0.2:8080/x',
    V2: '127.65.0.3/api',
    V3: 'DB.example',
    V4: '/tmp/s/volumes/settings/app.json',
    V5: '/tmp/s/volumes/token',
    V6: '/tmp/s/volumes/default',
    V7: 'plain',
  });
  expect(askedFor(configuration)).toEqual({
    services: ['db', 'db', 'other/web'],
    externalEndpoints: ['DB.example:1433'],
  });
  expect(resolveVariables(undefined, here)).toEqual({});
});

test('where only ports lead here it is address and port of each port', () => {
  const free = (one: typeof db) => ({
    ...one,
    address: '127.0.0.1',
    hostnames: [],
    ports: one.ports.map(({ port }, index) => ({ port, local: 40_000 + index })),
  });
  const configuration = withValues(
    '$(services:db:8080)',
    '$(services:db)',
    'http://$(services:web.other)/x',
    '$(externalEndpoints:db.example:1433)',
  );
  expect(resolveVariables(configuration, { ...here, services: here.services.map(free) })).toEqual({
    V0: '127.0.0.1:40001',
    V1: '127.0.0.1:40000,127.0.0.1:40001',
    V2: 'http://127.0.0.1:40000/x',
    V3: '127.0.0.1:40000',
  });
});

test.each([
  ['$(services:bd)', '4:12": There is no service "bd" in the namespace "shop"; did you mean "db"?'],
  ['x $(services:web)', '4:14": There is no service "web" in the namespace "shop"'],
  ['$(services:db:80)', '4:12": The service "db" has no TCP port 80; it has 5432, 8080.'],
  ['$(volumeMounts:setting)', '4:12": The container has no volume "setting"; did you mean "settings"?'],
  ['$(volumeMounts:token-*)', '4:12": The container has no volume "token-*"'],
])('%s, which is not there, is refused with line and column', (value, words) => {
  const configuration = withValues(value);
  const check = () => {
    checkServices(configuration, here.services, 'shop');
    checkVolumes(configuration, volumes);
  };
  expect(check).toThrow(words);
  expect(check).toThrow(expect.objectContaining({ code: 'configuration-file-invalid' }));
  expect(() => resolveVariables(configuration, here)).toThrow(words);
});

test('a volume mount of a volume that is not there is refused as well', () => {
  const configuration = parseProcessConfiguration(
    '/app/file.yaml',
    'version: 0.1\nvolumeMounts:\n  - { name: cert, localPath: ./cert }\n',
  );
  expect(() => checkVolumes(configuration, volumes)).toThrow('3:13": The container has no volume "cert"');
});
