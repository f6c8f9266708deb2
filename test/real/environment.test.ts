import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { spawn } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rules } from '../../adapter/cluster/permissions.ts';
import { accountWith, allowed, kubeconfigOf } from './support/account.ts';
import { F5 } from './support/f5.ts';
import { expectUnchanged, kubeconfig, Namespace, snapshot } from './support/harness.ts';
import { temporaryFolder } from './support/listening.ts';
import { expectRefused } from './support/refusal.ts';
import { environmentIn, programs, reporter, type Variables } from './support/variables.ts';
import { bare, long, odd, ofThePod, variety } from './support/variety.ts';

let namespace: Namespace;
/** What the original has. */
let original: Variables;

const permissions = rules.flatMap(({ group, resource, verbs }) =>
  verbs.map((verb) => ({ group, resource, verb })),
);

beforeAll(async () => {
  namespace = await Namespace.empty('environment');
  await namespace.apply(...variety, bare, ...accountWith('needed-only', permissions));
  await namespace.available();
  const pods = await namespace.get('pods', '--selector', 'app=variety');
  original = await environmentIn(namespace, pods.items[0]?.metadata.name ?? '');
});
afterAll(async () => {
  await namespace[Symbol.asyncDispose]();
});

/** Of the pod's, these stay there. */
const staying = ['PATH', 'HOME', 'JAVA_HOME', 'NODE_OPTIONS', 'NODE_PATH', 'PYTHONPATH', 'SHLVL', 'PWD'];
const isLink = (name: string) => /^(DB|METRICS_STORE|KUBERNETES)_(SERVICE|PORT)/.test(name);

interface Press {
  debug?: { type: string; [attribute: string]: unknown };
  target?: string;
  configuration?: Record<string, unknown>;
  /** Of the machine. */
  env?: NodeJS.ProcessEnv;
  client?: Partial<DebugProtocol.InitializeRequestArguments>;
  path?: string;
  /** What to do while the session runs. */
  meanwhile?: (f5: F5) => Promise<void>;
}

/** A whole session, and what the debuggee's environment is in it. */
async function environmentHere(press: Press): Promise<Variables> {
  const before = await snapshot(namespace);
  const variables = await oneSession(press);
  await expectUnchanged(before, namespace);
  return variables;
}

async function oneSession(press: Press): Promise<Variables> {
  await using server = await reporter();
  const { debug = programs.node, target = 'deployment/variety', configuration, meanwhile } = press;
  const own = (configuration?.debug as { env?: object } | undefined)?.env;
  await using f5 = await F5.start({
    kubeconfig: press.path ?? kubeconfig,
    namespace: namespace.name,
    service: { target, ports: [], url: '', file: String(debug.program), debug },
    configuration: {
      ports: undefined,
      env: {},
      ...configuration,
      debug: { ...debug, env: { REPORT_TO: String(server.port), ...own } },
    },
    ...(press.env === undefined ? {} : { env: press.env }),
    ...(press.client === undefined ? {} : { client: press.client }),
  });
  f5.client.onRequest('runInTerminal', (request) => {
    const asked = request.arguments as unknown as DebugProtocol.RunInTerminalRequestArguments;
    const [command = '', ...rest] = asked.args;
    const child = spawn(command, rest, { cwd: asked.cwd, stdio: 'ignore' });
    return { processId: child.pid };
  });
  await f5.configure(String(debug.program), []);
  expect(await f5.launched).toMatchObject({ success: true });
  const died = f5.client.waitForEvent('terminated').then(() => {
    throw new Error(`The program ended before it reported.\n${f5.client.tail()}`);
  });
  died.catch(() => undefined); // In the end it does.
  const variables = await Promise.race([server.report, died]);
  await meanwhile?.(f5);
  await f5.stop();
  return variables;
}

test('the original has what its specification and its image say', () => {
  expect(original).toMatchObject({ ...odd, SPEC_LONG: long, BAKED_EMPTY: '', EMPTY: '', CPU_REQUEST: '30' });
  expect(original.BAKED).toBe('line one\nline "two" = \'three\' $(HOME) \\');
  expect(original.HEAP).toBe('-Xmx100m -Dkey="from a map" =a=b==');
  expect(Object.keys(original)).not.toContain('NO_SECRET');
});

const cases = [
  { name: 'js-debug', debug: programs.node },
  { name: 'debugpy', debug: programs.python },
  {
    name: 'debugpy in a terminal',
    debug: { ...programs.python, console: 'integratedTerminal' },
    client: { supportsRunInTerminalRequest: true },
  },
  { name: 'delve', debug: programs.go },
];

test.each(cases)(
  "every variable of the original, exact, through $name: its specification's, its image's, computed ones",
  async ({ debug, client }) => {
    let agent: { name: string; uid: string } | undefined;
    const local = await environmentHere({
      debug,
      ...(client === undefined ? {} : { client }),
      meanwhile: async (f5) => {
        const session = /([0-9a-f]{8})\.log$/.exec(f5.logPath())?.[1] ?? '';
        const { items } = await namespace.get('pods', '--selector', `localprocess-k8s/session=${session}`);
        agent = items[0]?.metadata;
      },
    });
    const exact = Object.entries(original).filter(
      ([name]) => !staying.includes(name) && !isLink(name) && !ofThePod.includes(name),
    );
    expect(exact.length).toBeGreaterThan(35);
    for (const [name, value] of exact) expect([name, local[name]]).toEqual([name, value]);
    for (const name of staying) expect([name, local[name]]).not.toEqual([name, original[name]]);
    // These name the pod that is there now.
    expect(local).toMatchObject({ POD_NAME: agent?.name, HOSTNAME: agent?.name, POD_UID: agent?.uid });
    expect(local.POD_IP).toMatch(/^[\d.]+$/);
    // Nothing of the agent's image, nothing of ours.
    const ours = /^(NODE_VERSION|YARN_VERSION|LOCALPROCESS_K8S.*)$/;
    expect(Object.keys(local).filter((name) => ours.test(name))).toEqual([]);
    // Links lead to this machine, the API server's by its name.
    expect(local).toMatchObject({
      DB_SERVICE_HOST: expect.stringMatching(/^127\./),
      DB_SERVICE_PORT: '5432',
      DB_SERVICE_PORT_ADMIN: '8080',
      METRICS_STORE_PORT_8080_TCP: expect.stringMatching(/^tcp:\/\/127\.[\d.]+:8080$/),
      KUBERNETES_SERVICE_HOST: 'kubernetes.default.svc',
      KUBERNETES_SERVICE_PORT: '443',
    });
    // An address of the cluster means nothing here.
    const addresses = Object.entries(local).filter(
      ([name, value]) => isLink(name) && /^(tcp:\/\/|udp:\/\/)?10\./.test(value),
    );
    expect(addresses).toEqual([]);
  },
);

test('the order: debug.env over env over the cluster over the machine; unset removes it from all of these', async () => {
  const machine = { AT_MACHINE: 'machine', GREETING: 'machine', BAKED: 'machine', GONE: 'machine' };
  const local = await environmentHere({
    env: machine,
    configuration: {
      env: { SPEC_JSON: 'env', EMPTY: 'env', FROM_KEY: null },
      environment: { unset: ['GONE', 'FROM_SECRET', 'AT_DEBUG'] },
      debug: { env: { EMPTY: 'debug', AT_DEBUG: 'debug' } },
    },
  });
  expect(local).toMatchObject({
    AT_MACHINE: 'machine',
    GREETING: 'specification',
    BAKED: original.BAKED,
    SPEC_JSON: 'env',
    EMPTY: 'debug',
    AT_DEBUG: 'debug',
  });
  for (const name of ['GONE', 'FROM_SECRET', 'FROM_KEY']) expect(local).not.toHaveProperty(name);
});

test('include and exclude choose; without the built-in exclusions all of the pod comes', async () => {
  const chosen = await environmentHere({
    configuration: {
      environment: { include: ['SPEC_*', 'BAKED*', 'DB_*'], exclude: ['*_LONG', 'BAKED_?????'] },
    },
  });
  const spec = Object.keys(original).filter((name) => name.startsWith('SPEC_') && name !== 'SPEC_LONG');
  expect(Object.keys(chosen)).toEqual(expect.arrayContaining([...spec, 'BAKED', 'BAKED_UNICODE', 'DB_PORT']));
  for (const name of ['SPEC_LONG', 'BAKED_EMPTY', 'GREETING', 'KUBERNETES_PORT'])
    expect(chosen).not.toHaveProperty(name);

  const all = await environmentHere({
    debug: programs.go,
    configuration: { environment: { builtInExclusions: false, exclude: ['PATH', 'HOME'] } },
    env: { JAVA_HOME: '/here' },
  });
  const { JAVA_HOME, NODE_OPTIONS, NODE_PATH, PYTHONPATH } = original;
  expect(all).toMatchObject({ JAVA_HOME, NODE_OPTIONS, NODE_PATH, PYTHONPATH });
  expect(all.PATH).not.toBe(original.PATH);
});

test('without a right to administer: links name our listeners, of every service', async () => {
  const local = await environmentHere({ configuration: { useKubernetesServiceEnvironmentVariables: true } });
  expect(local).toMatchObject({
    DB_SERVICE_HOST: '127.0.0.1',
    DB_SERVICE_PORT: expect.stringMatching(/^\d+$/),
    DB_PORT_5432_TCP_ADDR: '127.0.0.1',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    BAKED: original.BAKED,
  });
});

test('an image without a shell: what the specification says, and a line that says so', async () => {
  const local = await environmentHere({
    target: 'deployment/bare',
    meanwhile: (f5) => f5.said(/image sets are left out: .* its image has no "cat"/),
  });
  expect(local.SPEC).toBe('known');
  expect(local).not.toHaveProperty('NODE_VERSION');
});

test('without the right to run a command in the pod: the same, the launch goes on', async () => {
  for (const permission of permissions) await allowed(namespace, 'needed-only', permission);
  await using file = await kubeconfigOf(namespace, 'needed-only');
  const local = await environmentHere({
    path: file.path,
    meanwhile: (f5) => f5.said(/image sets are left out: .* may not run commands .*pods\/exec/),
  });
  expect(local).toMatchObject({ ...odd, GREETING: 'specification', SEARCH: '/pod/modules:/more' });
  expect(local).not.toHaveProperty('BAKED');
});

test('KubernetesLocalProcessConfig.yaml of the working folder: its tokens lead here, env wins over it', async () => {
  await using folder = await temporaryFolder();
  const text = `version: 0.1
env:
  - { name: DB, value: 'tcp://$(services:db:5432):5432/x' }
  - { name: GREETING, value: file }
  - { name: EMPTY, value: file }
  - { name: BEYOND, value: $(externalEndpoints:beyond.example:1433) }
  - { name: TOKEN, value: $(volumeMounts:kube-api-access-*)/token }
volumeMounts:
  - { name: kube-api-access-*, localPath: ./account }
enableFeatures: [Probes]
`;
  await writeFile(join(folder.path, 'KubernetesLocalProcessConfig.yaml'), text);
  const linked = join(folder.path, 'account', 'token');
  let token = '';
  const local = await environmentHere({
    debug: { ...programs.node, cwd: folder.path },
    configuration: { env: { EMPTY: 'env' } },
    meanwhile: async (f5) => {
      await f5.said(/The feature "Probes" of .* needs nothing here/);
      token = await readFile(linked, 'utf8');
    },
  });
  expect(token).toMatch(/^ey/);
  // Both lead to one copy, which ends with the session.
  expect(local.TOKEN).toMatch(/\/token$/);
  for (const path of [local.TOKEN ?? '', linked]) await expect(access(path)).rejects.toThrow('ENOENT');
  expect(local.DB).toMatch(/^tcp:\/\/127\.[\d.]+:5432\/x$/);
  expect(local).toMatchObject({ GREETING: 'file', EMPTY: 'env', BEYOND: 'beyond.example' });
});

test.each([
  {
    name: 'an unknown token',
    text: 'version: 0.1\nenv:\n  - { name: A, value: $(service:db) }\n',
    says: /:3:23": "\$\(service:db\)" is an unknown token; did you mean "services"\?/,
    at: undefined,
  },
  {
    name: 'a service that is not there',
    text: 'version: 0.1\nenv:\n  - { name: A, value: $(services:bd) }\n',
    says: /:3:23": There is no service "bd" in the namespace ".*"; did you mean "db"\?/,
    at: 'Looking for deployment/variety',
  },
  {
    name: 'a volume that is not there',
    text: 'version: 0.1\nvolumeMounts:\n  - { name: nothing-*, localPath: ./x }\n',
    says: /:3:13": The container has no volume "nothing-\*"/,
    at: 'Looking for deployment/variety',
  },
])('a file with $name is refused before anything changes', async ({ text, says, at }) => {
  const before = await snapshot(namespace);
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'other.yaml');
  await writeFile(path, text);
  await expectRefused(
    { code: 'configuration-file-invalid', says: [says], at },
    {
      namespace: namespace.name,
      configuration: { target: 'deployment/variety', ports: undefined, configurationFile: path },
    },
  );
  await expectUnchanged(before, namespace);
});
