import { expect, test } from '@jest/globals';
import { localEnvironment } from '../../../adapter/machine/environment/environment.ts';
import type { ExposedService } from '../../../adapter/machine/services/services.ts';

const redis: ExposedService = {
  name: 'redis-main',
  namespace: 'shop',
  address: '127.65.0.2',
  hostnames: ['redis-main'],
  ports: [
    { name: 'client-port', port: 6379, local: 6379 },
    { port: 16379, local: 16379 },
  ],
};
const api = (hostnames: string[], address: string, local: number): ExposedService => ({
  name: 'kubernetes',
  namespace: 'default',
  address,
  hostnames,
  ports: [{ name: 'https', port: 443, local }],
});
const nothing = {
  cluster: {},
  named: new Set<string>(),
  services: [],
  choice: { builtInExclusions: true },
  user: {},
};

test("keeps values exact, the user's own over them", () => {
  const cluster = {
    PASSWORD: ' line one\nline "two"\\ $HOME\n',
    MODE: 'production',
    HOSTNAME: 'web-1',
    LANG: 'C',
  };
  const user = { MODE: 'development', HOSTNAME: null, PATH: '/mine' };
  expect(localEnvironment({ ...nothing, cluster, user })).toEqual({
    PASSWORD: ' line one\nline "two"\\ $HOME\n',
    MODE: 'development',
    HOSTNAME: null,
    LANG: 'C',
    PATH: '/mine',
  });
});

test('leaves out what would break local tools', () => {
  const cluster = Object.fromEntries(
    [
      'PATH',
      'HOME',
      'NODE_OPTIONS',
      'LD_PRELOAD',
      'XDG_RUNTIME_DIR',
      'PYTHONPATH',
      'JAVA_TOOL_OPTIONS',
      'GOFLAGS',
      '_',
      'npm_config_registry',
      'NODE_ENV',
      'PATHS',
      'LDAP_URL',
      'GOOGLE_PROJECT',
    ].map((name) => [name, 'x']),
  );
  expect(Object.keys(localEnvironment({ ...nothing, cluster }))).toEqual([
    'NODE_ENV',
    'PATHS',
    'LDAP_URL',
    'GOOGLE_PROJECT',
  ]);
});

test('writes service links as the kubelet does, to our listeners', () => {
  // In a pod without links there are none here either, where the service has its name.
  expect(localEnvironment({ ...nothing, services: [redis] })).toEqual({});
  expect(localEnvironment({ ...nothing, services: [redis], everyLink: true })).toEqual({
    REDIS_MAIN_SERVICE_HOST: '127.65.0.2',
    REDIS_MAIN_SERVICE_PORT: '6379',
    REDIS_MAIN_SERVICE_PORT_CLIENT_PORT: '6379',
    REDIS_MAIN_PORT: 'tcp://127.65.0.2:6379',
    REDIS_MAIN_PORT_6379_TCP: 'tcp://127.65.0.2:6379',
    REDIS_MAIN_PORT_6379_TCP_PROTO: 'tcp',
    REDIS_MAIN_PORT_6379_TCP_PORT: '6379',
    REDIS_MAIN_PORT_6379_TCP_ADDR: '127.65.0.2',
    REDIS_MAIN_PORT_16379_TCP: 'tcp://127.65.0.2:16379',
    REDIS_MAIN_PORT_16379_TCP_PROTO: 'tcp',
    REDIS_MAIN_PORT_16379_TCP_PORT: '16379',
    REDIS_MAIN_PORT_16379_TCP_ADDR: '127.65.0.2',
  });
});

test("rewrites the pod's links, not what only looks like one", () => {
  const cluster = {
    REDIS_MAIN_SERVICE_HOST: '10.96.0.12',
    REDIS_MAIN_SERVICE_PORT: '6379',
    REDIS_MAIN_PORT: '6379',
    REDIS_MAIN_PORT_6379_TCP: 'tcp://10.96.0.12:6379',
  };
  const free = { ...redis, address: '127.0.0.1', ports: [{ port: 6379, local: 40001 }] };
  expect(localEnvironment({ ...nothing, cluster, services: [free], everyLink: true })).toMatchObject({
    REDIS_MAIN_SERVICE_HOST: '127.0.0.1',
    REDIS_MAIN_SERVICE_PORT: '40001',
    // From a ConfigMap: the kubelet writes a URL there.
    REDIS_MAIN_PORT: '6379',
    REDIS_MAIN_PORT_6379_TCP: 'tcp://127.0.0.1:40001',
    REDIS_MAIN_PORT_6379_TCP_PORT: '40001',
  });
  const named = new Set(['REDIS_MAIN_SERVICE_HOST']);
  expect(localEnvironment({ ...nothing, cluster, named, services: [free] })).toMatchObject({
    REDIS_MAIN_SERVICE_HOST: '10.96.0.12',
  });
});

test("of two services with one name the pod's own counts", () => {
  const elsewhere = { ...redis, namespace: 'other', address: '127.65.0.99' };
  const services = [elsewhere, redis];
  const environment = localEnvironment({ ...nothing, services, homeNamespace: 'shop', everyLink: true });
  expect(environment.REDIS_MAIN_SERVICE_HOST).toBe('127.65.0.2');
});

test('the API server goes by the name in its certificate where names are mapped, else by address and port', () => {
  const cluster = {
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://10.96.0.1:443',
  };
  const mapped = api(['kubernetes.default', 'kubernetes.default.svc'], '127.65.0.3', 443);
  expect(localEnvironment({ ...nothing, cluster, services: [mapped] })).toMatchObject({
    KUBERNETES_SERVICE_HOST: 'kubernetes.default.svc',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://127.65.0.3:443',
  });
  expect(localEnvironment({ ...nothing, cluster, services: [api([], '127.0.0.1', 40002)] })).toMatchObject({
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: '40002',
  });
});

test('links of services that are not reached from here are left out: a cluster address means nothing here', () => {
  const cluster = {
    DB_SERVICE_HOST: '10.96.0.9',
    DB_SERVICE_PORT: '53',
    DB_SERVICE_PORT_DNS: '53',
    DB_PORT: 'udp://10.96.0.9:53',
    DB_PORT_53_UDP: 'udp://10.96.0.9:53',
    DB_PORT_53_UDP_PROTO: 'udp',
    DB_PORT_53_UDP_PORT: '53',
    DB_PORT_53_UDP_ADDR: '10.96.0.9',
    // No links: an address that the pod was given, and a port without a service.
    DB_NAME: 'orders',
    MAIL_SERVICE_HOST: '192.168.1.1',
    CACHE_PORT: '6379',
  };
  const rest = { DB_NAME: 'orders', MAIL_SERVICE_HOST: '192.168.1.1', CACHE_PORT: '6379' };
  expect(localEnvironment({ ...nothing, cluster })).toEqual(rest);
  expect(localEnvironment({ ...nothing, cluster, named: new Set(['DB_PORT']) })).toEqual({
    ...rest,
    DB_PORT: 'udp://10.96.0.9:53',
  });
});

test('the order: env over the file over the volumes over the pod; unset over all', () => {
  const sources = {
    ...nothing,
    cluster: { A: 'pod', B: 'pod', C: 'pod', D: 'pod', E: 'pod' },
    volumes: { B: 'volume', C: 'volume', D: 'volume', E: 'volume' },
    file: { C: 'file', D: 'file', E: 'file' },
    user: { D: 'mine', E: 'mine', F: null },
    choice: { builtInExclusions: true, unset: ['E', 'G'] },
  };
  expect(localEnvironment(sources)).toEqual({
    A: 'pod',
    B: 'volume',
    C: 'file',
    D: 'mine',
    E: null,
    F: null,
    G: null,
  });
});

test('include and exclude choose among what the pod has, not among what the user sets', () => {
  const cluster = {
    APP_A: '1',
    APP_SECRET: '2',
    OTHER: '3',
    XAPP_B: '4',
    APP: '5',
    'APP.X': '6',
    APPxX: '7',
  };
  const names = (choice: { include?: string[]; exclude?: string[] }) =>
    Object.keys(
      localEnvironment({
        ...nothing,
        cluster,
        user: { MINE: 'x' },
        choice: { builtInExclusions: true, ...choice },
      }),
    );
  expect(names({ include: ['APP_*'] })).toEqual(['APP_A', 'APP_SECRET', 'MINE']);
  expect(names({ include: ['APP_*'], exclude: ['*SECRET'] })).toEqual(['APP_A', 'MINE']);
  expect(names({ include: ['APP_?', 'OTHER'] })).toEqual(['APP_A', 'OTHER', 'MINE']);
  expect(names({ include: ['APP.X'] })).toEqual(['APP.X', 'MINE']);
  expect(names({ include: [] })).toEqual(['MINE']);
  expect(names({ exclude: ['*'] })).toEqual(['MINE']);
  expect(names({ exclude: ['app_*'] })).toContain('APP_A');
});

test('on Windows names have no case', () => {
  const choice = { builtInExclusions: true, include: ['app_*'], exclude: ['APP_s*'] };
  const cluster = { APP_A: '1', App_Secret: '2', Path: '/bin' };
  expect(localEnvironment({ ...nothing, cluster, choice, anyCase: true })).toEqual({ APP_A: '1' });
});

test('the built-in exclusions can be switched off; exclude still works', () => {
  const cluster = { PATH: '/pod', NODE_OPTIONS: '--x', LD_PRELOAD: 'y' };
  const choice = { builtInExclusions: false, exclude: ['LD_*'] };
  expect(localEnvironment({ ...nothing, cluster, choice })).toEqual({ PATH: '/pod', NODE_OPTIONS: '--x' });
});
