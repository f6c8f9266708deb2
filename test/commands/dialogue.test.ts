import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { buildAdapter, root } from '../harness.ts';
import { forbidden, json, kubeconfigText, listOf, standIn, type Answer, type StandIn } from './apiServer.ts';
import { atTerminal } from './terminal.ts';

let program: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  program = await buildAdapter(join(root, 'adapter', 'main.ts'));
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
});

let server: StandIn;
let mayList: boolean;
beforeEach(async () => {
  mayList = true;
  server = await standIn(cluster);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const labels = { app: 'web' };
const container = { name: 'web', image: 'shop/web:7', ports: [{ name: 'http', containerPort: 80 }] };
const pod = {
  metadata: {
    name: 'web-1',
    labels,
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }],
  },
  spec: { containers: [container] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
};
const services = [
  {
    metadata: { name: 'web' },
    spec: {
      selector: labels,
      ports: [
        { name: 'http', port: 8080, targetPort: 'http' },
        { name: 'debug', port: 9229 },
      ],
    },
  },
  {
    metadata: { name: 'idle' },
    spec: { selector: { app: 'idle' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
];

/** A cluster with two namespaces, in which a service has a pod and another one has none. */
const cluster: Answer = ({ url = '' }, response) => {
  if (url === '/api/v1/namespaces')
    if (mayList) json(response, 200, listOf('default', 'shop'));
    else forbidden(response, 'no');
  else if (url.endsWith('/services')) json(response, 200, { ...listOf(), items: services });
  else if (url.endsWith('/pods')) json(response, 200, { ...listOf(), items: [pod] });
  else json(response, 200, listOf());
};

/** Runs `init` at a terminal, in a folder of its own. */
function init(...args: string[]) {
  const env = { KUBECONFIG: server.kubeconfig, HOME: server.folder };
  return atTerminal([process.execPath, program.path, 'init', ...args], { cwd: server.folder, env });
}

const written = async () =>
  parse(await readFile(join(server.folder, '.vscode', 'launch.json'), 'utf8')) as {
    configurations: Record<string, unknown>[];
  };

async function shop(): Promise<void> {
  await mkdir(join(server.folder, 'web'));
  await writeFile(join(server.folder, 'web', 'package.json'), '{"main": "server.js"}');
  await writeFile(join(server.folder, 'web', 'server.js'), '');
  await mkdir(join(server.folder, '.vscode'));
  const own = '{"configurations": [{"name": "own", "type": "node", "program": "x.js"}]}';
  await writeFile(join(server.folder, '.vscode', 'launch.json'), own);
}

test('what is not given is asked, live from the cluster; slips are asked again', async () => {
  await shop();
  const contexts = {
    other: { server: 'https://other.invalid' },
    test: { server: server.url, namespace: 'shop' },
  };
  await writeFile(server.kubeconfig, kubeconfigText(contexts, 'other'));
  await using terminal = init();
  await terminal.shows(
    /Which cluster\?.*\s+1 {2}other {2}https:\/\/other\.invalid\s+2 {2}test .*\s+1–2 \[other\]: /,
  );
  terminal.type('3\n');
  await terminal.shows(/1–2 \[other\]: /);
  terminal.type('test\n');
  await terminal.shows(/Which namespace\?\s+1 {2}default\s+2 {2}shop\s+1–2 \[shop\]: /);
  terminal.type('\n');
  await terminal.shows(/stand in for, in the namespace "shop"\?/);
  await terminal.shows(/1 {2}service\/idle {2}0\/0 ready {2}80→\? .*\(not now\)/);
  await terminal.shows(
    /2 {2}service\/web {3}1\/1 ready {2}http 8080→80, debug 9229 +shop\/web:7\s+1–2 \[service\/web\]: /,
  );
  terminal.type('wbe\n');
  await terminal.shows(/There is no service "wbe"; did you mean "web"\?\s+1–2 /);
  terminal.type('2\n');
  await terminal.shows(/Which ports, LOCAL:REMOTE\?.*\s+\[8080:80 9229:9229\]: /);
  terminal.type('http\n');
  await terminal.shows(/"--port" has to be LOCAL:REMOTE.*\s+\[8080:80 9229:9229\]: /);
  terminal.type('3000:http, 9229\n');
  await terminal.shows(
    /What is to be debugged .*\s+1 {2}own \(node, in launch\.json\)\s+2 {2}Node\.js: web\/server\.js \(pwa-node\)\s+1–2 \[own\]: /,
  );
  terminal.type('{"type": }\n');
  await terminal.shows(/has to be JSON/);
  terminal.type('2\n');
  await terminal.shows(/What is the configuration to be called\?\s+\[web, in the cluster\]: /);
  terminal.type('own\n');
  await terminal.shows(/There is a configuration "own" .* already, for the debugger "node"/);
  terminal.type('\n');
  await terminal.shows(/"web, in the cluster" is now in "\.vscode\/launch\.json"\./);
  expect((await terminal.ended).exitCode).toBe(0);
  expect((await written()).configurations).toEqual([
    { name: 'own', type: 'node', program: 'x.js' },
    {
      name: 'web, in the cluster',
      type: 'localprocess-k8s',
      request: 'launch',
      context: 'test',
      namespace: 'shop',
      target: 'service/web',
      ports: ['3000:http', '9229'],
      debug: {
        type: 'pwa-node',
        request: 'launch',
        skipFiles: ['<node_internals>/**'],
        cwd: '${workspaceFolder}/web',
        program: '${workspaceFolder}/web/server.js',
      },
    },
  ]);
});

test('empty lines take what is proposed, also a name that is free; with one context there is nothing to choose', async () => {
  await shop();
  for (const name of ['web, in the cluster', 'web, in the cluster 2']) {
    await using terminal = init();
    for (let question = 0; question < 5; question++) {
      await terminal.shows(/\]: /);
      terminal.type('\n');
    }
    await terminal.shows(new RegExp(`"${name}" is now in`));
    await terminal.ended;
  }
  const { configurations } = await written();
  expect(configurations.map(({ name }) => name)).toEqual([
    'own',
    'web, in the cluster',
    'web, in the cluster 2',
  ]);
  expect(configurations[2]).not.toHaveProperty('context');
  expect(configurations[2]).toMatchObject({ ports: ['8080:80', '9229:9229'], debug: { program: 'x.js' } });
});

test('everything given: nothing is asked, and no cluster either', async () => {
  const given = ['--context', 'c', '--namespace', 'n', '--target', 'web', '--port', '1', '--name', 'web'];
  const { seen, exitCode } = await init(...given, '--debug', '{"type": "go"}', '--kubeconfig', 'none').ended;
  expect(seen.trim()).toBe('"web" is now in ".vscode/launch.json".');
  expect(exitCode).toBe(0);
});

test('a namespace that cannot be listed can be typed; what cannot be stood in for now is said and taken', async () => {
  mayList = false;
  await using terminal = init('--debug', '{"type": "go"}', '--name', 'x');
  await terminal.shows(
    /may not list the namespaces.*Any other can be typed\.\s.*Which namespace\?\s+1 {2}shop\s+1–1 \[shop\]: /s,
  );
  terminal.type('elsewhere\n');
  await terminal.shows(/in the namespace "elsewhere"\?/);
  await terminal.shows(/\[service\/web\]: /);
  terminal.type('1\n');
  await terminal.shows(
    /Cannot stand in for "service\/idle" in the namespace "elsewhere": it has no pod\. Scale/,
  );
  await terminal.shows(/Which ports, .*\s+: /);
  terminal.type('\n');
  await terminal.ended;
  const [configuration] = (await written()).configurations;
  expect(configuration).toMatchObject({ namespace: 'elsewhere', target: 'service/idle' });
  expect(configuration).not.toHaveProperty('ports');
});

test('a pod can be typed, though only services and deployments are in the list', async () => {
  await using terminal = init(
    '--namespace',
    'shop',
    '--debug',
    '{"type": "go"}',
    '--name',
    'x',
    '--port',
    '1:2',
  );
  await terminal.shows(/\[service\/web\]: /);
  terminal.type('po/web-1\n');
  await terminal.ended;
  expect((await written()).configurations).toMatchObject([{ target: 'pod/web-1' }]);
});

test('what is typed ahead counts', async () => {
  await using terminal = init('--namespace', 'shop', '--debug', '{"type": "go"}', '--name', 'x');
  terminal.type('2\n\n');
  await terminal.ended;
  expect((await written()).configurations).toMatchObject([{ target: 'service/web' }]);
});

test.each([
  ['Ctrl-C', '\x03', 130, /Cancelled by SIGINT\./],
  [
    'the end of the input',
    '\x04',
    1,
    /error 600: Nothing was written, since the terminal's input has ended\./,
  ],
])('%s: nothing is written', async (_, key, code, says) => {
  await using terminal = init();
  await terminal.shows(/Which namespace\?[^]*: /);
  terminal.type(key);
  const { exitCode, seen } = await terminal.ended;
  expect(seen).toMatch(says);
  expect(exitCode).toBe(code);
  expect((await readdir(server.folder)).sort()).toEqual(['kubeconfig']);
});

test('what is printed can be redirected while questions are answered at the terminal', async () => {
  const words = [process.execPath, program.path, 'init', '--editor', 'zed', '--debug', '{"type": "go"}'];
  const line = words.map((word) => `'${word}'`).join(' ');
  const env = { KUBECONFIG: server.kubeconfig, HOME: server.folder };
  await using terminal = atTerminal(['sh', '-c', `${line} > out.json`], { cwd: server.folder, env });
  for (let question = 0; question < 4; question++) {
    await terminal.shows(/\]: /);
    terminal.type('\n');
  }
  await terminal.ended;
  expect(JSON.parse(await readFile(join(server.folder, 'out.json'), 'utf8'))).toMatchObject([
    { label: 'web, in the cluster', target: 'service/web', debug: { type: 'go' } },
  ]);
});

test('a cluster that cannot be asked is named, and nothing is written', async () => {
  await writeFile(server.kubeconfig, kubeconfigText({ gone: { server: 'http://127.0.0.1:1' } }, 'gone'));
  const { exitCode, seen } = await init().ended;
  expect(seen).toMatch(
    /error 202: Cannot reach the API server "http:\/\/127\.0\.0\.1:1" of the context "gone"/,
  );
  expect(exitCode).toBe(1);
  expect(await readdir(server.folder)).toEqual(['kubeconfig']);
});
