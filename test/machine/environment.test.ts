import { expect, test } from '@jest/globals';
import { localEnvironment } from '../../adapter/machine/environment.ts';
import type { ExposedService } from '../../adapter/machine/services.ts';

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
const nothing = { cluster: {}, named: new Set<string>(), services: [], user: {} };

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

test("leaves out what belongs to the place, and what the agent's image brings", () => {
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
      'NODE_VERSION',
      'YARN_VERSION',
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
  expect(localEnvironment({ ...nothing, cluster, named: new Set(['NODE_VERSION']) })).toHaveProperty(
    'NODE_VERSION',
  );
});

test('writes service links as the kubelet does, to our listeners', () => {
  expect(localEnvironment({ ...nothing, services: [redis] })).toEqual({
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
  expect(localEnvironment({ ...nothing, cluster, services: [free] })).toMatchObject({
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
  const environment = localEnvironment({ ...nothing, services: [elsewhere, redis], homeNamespace: 'shop' });
  expect(environment.REDIS_MAIN_SERVICE_HOST).toBe('127.65.0.2');
});

test('the API server goes by the name in its certificate where names are mapped, else by address and port', () => {
  const cluster = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
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
