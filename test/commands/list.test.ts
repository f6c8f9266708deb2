import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildAdapter, root } from '../harness.ts';
import { forbidden, json, kubeconfigText, listOf, standIn, type Answer } from './apiServer.ts';

let program: Awaited<ReturnType<typeof buildAdapter>>;
let folder: string;
beforeAll(async () => {
  program = await buildAdapter(join(root, 'adapter', 'main.ts'));
  folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function list(args: string[], env: Record<string, string> = {}) {
  const options = { env: { KUBECONFIG: '', HOME: folder, ...env }, cwd: folder, reject: false, input: '' };
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [program.path, 'list', ...args],
    options,
  );
  return { exitCode, stdout, stderr };
}

/** Lists with `--json` from a server that answers so. */
async function listFrom(answer: Answer, ...args: string[]) {
  await using server = await standIn(answer);
  const { exitCode, stdout, stderr } = await list([...args, '--json', '--kubeconfig', server.kubeconfig]);
  return { exitCode, stderr, answer: JSON.parse(stdout) as unknown, url: server.url };
}

async function kubeconfig(...contents: Parameters<typeof kubeconfigText>): Promise<string> {
  const path = join(folder, 'kubeconfig');
  await writeFile(path, kubeconfigText(...contents));
  return path;
}

test('contexts: names, servers, namespaces, and which is the current one; no cluster is asked', async () => {
  const path = await kubeconfig(
    {
      dev: { server: 'https://dev.invalid:6443', namespace: 'shop' },
      prod: { server: 'https://prod.invalid' },
      half: {},
    },
    'prod',
  );
  const { exitCode, stdout, stderr } = await list(['contexts', '--json', '--kubeconfig', path]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    contexts: [
      { name: 'dev', server: 'https://dev.invalid:6443', namespace: 'shop', current: false },
      { name: 'prod', server: 'https://prod.invalid', namespace: 'default', current: true },
      { name: 'half', server: '', namespace: 'default', current: false },
    ],
  });
  expect((await list(['contexts', '--kubeconfig', path])).stdout.split('\n')).toEqual([
    'CURRENT  NAME  NAMESPACE  SERVER',
    '         dev   shop       https://dev.invalid:6443',
    '*        prod  default    https://prod.invalid',
    '         half  default    ?',
  ]);
});

test('contexts of a kubeconfig without any', async () => {
  const path = await kubeconfig({});
  expect(await list(['contexts', '--json'], { KUBECONFIG: path })).toMatchObject({
    exitCode: 0,
    stdout: JSON.stringify({ contexts: [] }, null, 2),
  });
  expect((await list(['contexts'], { KUBECONFIG: path })).stdout).toBe('The kubeconfig has no context.');
});

test.each([
  ['contexts', /^Cannot find a kubeconfig: KUBECONFIG is not set, and there is no ".+config"\. Log in/],
  ['namespaces', /^Cannot find a kubeconfig/],
  ['targets', /^Cannot find a kubeconfig/],
])('%s without a kubeconfig: what is missing, and where it was looked for', async (kind, words) => {
  const { exitCode, stdout, stderr } = await list([kind, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    error: { number: 200, code: 'kubeconfig-unreadable', message: expect.stringMatching(words) },
  });
  const inWords = await list([kind]);
  expect(inWords).toMatchObject({ exitCode: 1, stdout: '' });
  expect(inWords.stderr).toMatch(/^localprocess-k8s: error 200: Cannot find a kubeconfig/);
});

test('a kubeconfig that is no YAML, and a context that is not in it', async () => {
  const path = join(folder, 'broken');
  await writeFile(path, 'contexts: [');
  const broken = await list(['contexts', '--json', '--kubeconfig', path]);
  expect(JSON.parse(broken.stdout)).toMatchObject({ error: { number: 200 } });
  const known = await kubeconfig({ dev: { server: 'https://dev.invalid' } }, 'dev');
  const unknown = await list(['targets', '--json', '--kubeconfig', known, '--context', 'dve']);
  expect(unknown.exitCode).toBe(1);
  expect(JSON.parse(unknown.stdout)).toMatchObject({
    error: { number: 201, message: expect.stringContaining('did you mean "dev"?') },
  });
});

test('namespaces: sorted, the context’s marked, those that are going left out', async () => {
  const namespaces = listOf('shop', 'default', 'gone');
  Object.assign(namespaces.items[2]?.metadata ?? {}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  const { answer, exitCode } = await listFrom((_, response) => json(response, 200, namespaces), 'namespaces');
  expect({ answer, exitCode }).toEqual({
    answer: {
      namespaces: [
        { name: 'default', current: false },
        { name: 'shop', current: true },
      ],
    },
    exitCode: 0,
  });
});

test('namespaces that one may not list: the context’s own, and why there may be more', async () => {
  const refuse = (_: unknown, response: ServerResponse) =>
    forbidden(response, 'namespaces is forbidden: User "x"');
  const { answer, exitCode } = await listFrom(refuse, 'namespaces');
  expect(exitCode).toBe(0);
  expect(answer).toEqual({
    namespaces: [{ name: 'shop', current: true }],
    partial: expect.stringMatching(/^Your account may not list the namespaces .*context "test"/),
  });
});

test('targets: the API server is asked for everything at once', async () => {
  const held: (() => void)[] = [];
  const answer: Answer = ({ url = '' }, response) => {
    held.push(() => json(response, 200, url.endsWith('/shop') ? { metadata: { name: 'shop' } } : listOf()));
    // Nothing is answered before all of it has been asked.
    if (held.length === 4) for (const send of held) send();
  };
  expect(await listFrom(answer, 'targets')).toMatchObject({ exitCode: 0, answer: { targets: [] } });
});

test('targets for people: a line each, and why some cannot be one', async () => {
  const service = (name: string, spec: object) => ({ metadata: { name }, spec });
  const answer: Answer = ({ url = '' }, response) => {
    const items = [
      service('out', { type: 'ExternalName', externalName: 'x.invalid', ports: [{ port: 443 }] }),
      service('none', { selector: { app: 'none' }, ports: [{ port: 80, targetPort: 'http', name: 'web' }] }),
    ];
    json(response, 200, url.endsWith('/services') ? { ...listOf(), items } : listOf());
  };
  await using server = await standIn(answer);
  const { stdout } = await list(['targets', '--kubeconfig', server.kubeconfig]);
  expect(stdout.split('\n')).toEqual([
    'TARGET        READY  PORTS     CONTAINER  IMAGE',
    'service/none  0/0    web 80→?  -          -',
    'service/out   0/0    443→?     -          -',
    '',
    expect.stringMatching(/^Cannot stand in for "service\/none" in the namespace "shop": it has no pod\./),
    expect.stringMatching(/^Cannot stand in for the service "out": it names a host outside the cluster\./),
  ]);
});

test('a namespace that does not exist is not an empty one', async () => {
  const answer: Answer = ({ url = '' }, response) => {
    if (url.endsWith('/shpo'))
      json(response, 404, { reason: 'NotFound', message: 'namespaces "shpo" not found' });
    else json(response, 200, url.endsWith('/namespaces') ? listOf('shop', 'default') : listOf());
  };
  expect(await listFrom(answer, 'targets', '--namespace', 'shpo')).toMatchObject({
    exitCode: 1,
    answer: { error: { number: 205, message: expect.stringContaining('did you mean "shop"?') } },
  });
});

test('targets that one may not list: each right that is missing, the cluster, and the Role to ask for', async () => {
  const answer: Answer = ({ url = '' }, response) =>
    /pods|deployments/.test(url) ? forbidden(response, 'no') : json(response, 200, listOf());
  const { answer: got, exitCode } = await listFrom(answer, 'targets');
  expect(exitCode).toBe(1);
  expect(got).toMatchObject({
    error: {
      number: 204,
      message: expect.stringMatching(
        /namespace "shop" of the cluster of the context "test" \(http:.*\): your account may not list pods, list deployments\. Ask.*kind: Role/s,
      ),
    },
  });
});

interface Bad {
  name: string;
  answer: Answer;
  number: number;
  says: RegExp;
  args?: string[];
}

const bad: Bad[] = [
  {
    name: 'credentials that are refused',
    answer: (_, response) => json(response, 401, { message: 'Unauthorized' }),
    number: 203,
    says: /context "test": it refused the credentials.*Log in again/,
  },
  {
    name: 'credentials that nobody knows',
    answer: (_, response) => forbidden(response, 'User "system:anonymous" cannot list'),
    number: 203,
    says: /context "test": it takes you for "system:anonymous".*Log in again/,
  },
  {
    name: 'a server in trouble',
    answer: (_, response) => json(response, 503, { message: 'etcd is away' }),
    number: 212,
    says: /context "test" \(http:.*\): etcd is away\. Try again/,
  },
  {
    name: 'a server that is silent',
    answer: () => undefined,
    number: 202,
    says: /context "test": it did not answer within 0\.3 s\. Check the network or VPN/,
    args: ['--connect-timeout', '0.3'],
  },
  {
    name: 'a server that stops in the middle',
    answer: (_, response) => void response.writeHead(200).write('{"items": ['),
    number: 202,
    says: /context "test": it stopped in the middle of an answer for 0\.3 s\. Check the network or VPN/,
    args: ['--connect-timeout', '0.3'],
  },
  {
    name: 'a connection that breaks in the middle',
    answer: (_, response) => void response.writeHead(200).write('{', () => response.destroy()),
    number: 202,
    says: /^Cannot reach the API server.*context "test": .*Check the network or VPN/,
  },
  {
    name: 'a log-in page',
    answer: (_, response) => void response.end('<html>Log in</html>'),
    number: 212,
    says: /context "test": its answer is no JSON\. Check that no log-in page/,
  },
];

test.each(bad.flatMap((one) => ['namespaces', 'targets'].map((kind) => ({ ...one, kind }))))(
  '$kind from $name: one error that names the cluster and what to do',
  async ({ answer, number, says, kind, args = [] }) => {
    const { answer: got, exitCode, stderr } = await listFrom(answer, kind, ...args);
    expect(got).toMatchObject({ error: { number, message: expect.stringMatching(says) } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  },
);

test('a server that is not there', async () => {
  const { url } = await listFrom((_, response) => json(response, 200, listOf()), 'namespaces');
  const path = await kubeconfig({ dev: { server: url } }, 'dev');
  const { stdout, exitCode } = await list(['namespaces', '--json', '--kubeconfig', path]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      number: 202,
      code: 'cluster-unreachable',
      message: expect.stringMatching(/context "dev": .*ECONNREFUSED/),
    },
  });
});

test('an interrupted list ends at once', async () => {
  await using server = await standIn(() => running.kill('SIGINT'));
  const env = { KUBECONFIG: server.kubeconfig };
  const running = execa(process.execPath, [program.path, 'list', 'targets'], { env, reject: false });
  const { exitCode, stderr } = await running;
  expect(stderr).toBe('localprocess-k8s: Cancelled by SIGINT.');
  expect(exitCode).toBe(130);
});

test('configurations: what a folder has to debug, first what is called like the target', async () => {
  const shop = join(root, 'samples', 'shop');
  const asked = ['configurations', '--folder', shop, '--target', 'service/web'];
  const { exitCode, stdout, stderr } = await list([...asked, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const { configurations } = JSON.parse(stdout) as { configurations: unknown[] };
  expect(configurations[0]).toMatchObject({
    title: 'Node.js: web/server.js',
    debug: { type: 'pwa-node', request: 'launch', program: '${workspaceFolder}/web/server.js' },
  });
  expect((await list(asked)).stdout).toMatch(/^WHAT +DEBUGGER\nNode\.js: web\/server\.js +pwa-node\n/);
  const nowhere = await list(['configurations', '--folder', join(folder, 'nosuch')]);
  expect(nowhere.stdout).toBe('There is nothing that could be debugged.');
});

test.each([
  [['configurations', '--namespace', 'shop'], '"--namespace" says nothing with "list configurations".'],
  [['targets', '--folder', '.'], '"--folder" says nothing with "list targets".'],
])('list %j is refused', async (args, words) => {
  const { exitCode, stderr } = await list(args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(words);
});
