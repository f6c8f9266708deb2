import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { buildAdapter, root } from '../harness.ts';
import { Examination, type Seen } from './examination.ts';

const asRoot = process.getuid?.() === 0 ? test : test.skip;

let program: Awaited<ReturnType<typeof buildAdapter>>;
let place: Examination;
beforeAll(async () => {
  program = await buildAdapter(join(root, 'adapter', 'main.ts'));
});
beforeEach(async () => {
  place = await Examination.prepare(program.path);
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
});

const python = {
  type: 'debugpy',
  program: '${workspaceFolder}/a.py',
  python: join(root, '.venv', 'bin', 'python'),
};

test('a configuration: its own debugger alone, and its variables as an editor gives them', async () => {
  await place.configure({
    debug: python,
    namespace: '${env:NAMESPACE}',
    configurationFile: '${workspaceFolder}/c.yaml',
  });
  await writeFile(place.path('c.yaml'), 'version: 0.1\n');
  const { named, checks } = await place.examine(['--name', 'web'], { NAMESPACE: 'shop' });
  expect(named('configuration')).toMatchObject({
    verdict: 'ok',
    message: '"web" of ".vscode/launch.json" can be used.',
  });
  expect(named('process configuration')?.message).toBe(`"${place.path('c.yaml')}" can be used.`);
  expect(named('kubeconfig')?.message).toMatch(/namespace "shop"/);
  expect(
    checks.filter(({ name }) => name.startsWith('debugger')).map(({ name, verdict }) => [name, verdict]),
  ).toEqual([['debugger for "debugpy"', 'ok']]);
  // The stand-in has no service.
  expect(named('target')).toMatchObject({ verdict: 'failed', number: 206 });
  expect(named('agent')).toBeUndefined();
  expect(named('local ports')?.message).toBe('None is needed.');
});

test.each<
  [string, Record<string, unknown>, { name: string; verdict: string; number?: number; says: RegExp }]
>([
  [
    'an attribute that is misspelt',
    { prots: [], debug: python },
    {
      name: 'configuration',
      verdict: 'failed',
      number: 100,
      says: /"prots" is no attribute.*did you mean "ports"/,
    },
  ],
  [
    'a variable of the editor alone',
    { debug: { ...python, args: ['${input:a}'] } },
    { name: 'configuration', verdict: 'warning', says: /"\$\{input:a\}" in it is known to the editor alone/ },
  ],
  [
    'a file that is missing',
    { debug: python, configurationFile: 'no.yaml' },
    { name: 'process configuration', verdict: 'failed', number: 101, says: /no\.yaml.*ENOENT/ },
  ],
  [
    'a debugger that is missing',
    { debug: { ...python, python: '/no/python' } },
    {
      name: 'debugger for "debugpy"',
      verdict: 'failed',
      number: 500,
      says: /"\/no\/python" cannot import it\. Install/,
    },
  ],
  [
    'a debugger that nobody knows',
    { debug: { type: 'nodee' } },
    { name: 'debugger for "nodee"', verdict: 'failed', number: 500, says: /did you mean "node"/ },
  ],
  [
    'a debugger that listens',
    { debug: { type: 'java' }, debugAdapter: { port: 4711 } },
    {
      name: 'debugger for "java"',
      verdict: 'ok',
      says: /"127\.0\.0\.1:4711" when the session begins: that was not looked at/,
    },
  ],
  [
    'a process that runs already',
    { debug: { ...python, request: 'attach' }, ports: ['3000'] },
    { name: 'local ports', verdict: 'ok', says: /runs already/ },
  ],
  [
    'a hosts file of its own for a process that runs already',
    { debug: { ...python, request: 'attach' }, hosts: 'private' },
    {
      name: 'private names',
      verdict: 'failed',
      number: 406,
      says: /a process that runs already sees this machine's files/,
    },
  ],
])('a configuration with %s', async (_, attributes, { says, ...expected }) => {
  await place.configure(attributes);
  const { named } = await place.examine(['--file', '.vscode/launch.json']);
  expect(named(expected.name)).toMatchObject(expected);
  expect(named(expected.name)?.message).toMatch(says);
});

test('a configuration that cannot be used still says which cluster is meant', async () => {
  await place.configure({ debug: python, prots: [], namespace: 'shpo' });
  const { named } = await place.examine(['--name', 'web']);
  expect(named('namespace')).toMatchObject({ verdict: 'failed', number: 205 });
  const other = await place.examine(['--name', 'web', '--namespace', 'shop']);
  expect(other.named('kubeconfig')?.message).toMatch(/namespace "shop"/);
});

test.each([
  [
    'ask',
    'warning',
    /^The local process needs port "\d+"\. "node" \(process \d+, .*listens on \d+ already\. Stop it\? A session would ask just that: see "portConflict"\.$/,
  ],
  ['stop', 'warning', /A session would stop it: see "portConflict"\.$/],
  [
    'fail',
    'failed',
    /^Cannot use port "\d+" for the local process\. .* End that process, or choose another local port/,
  ],
])('a local port that is taken, with "portConflict": "%s"', async (portConflict, verdict, says) => {
  const source = `const s = require('net').createServer().listen(0, () => console.log(s.address().port))`;
  const holder = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string];
    await place.configure({ debug: python, ports: [`${port}:80`], portConflict });
    const { named } = await place.examine(['--name', 'web']);
    expect(named('local ports')).toMatchObject({ verdict });
    expect(named('local ports')?.message).toMatch(says);
    // It was looked at, and not ended.
    expect(named('local ports')?.message).toContain(`(process ${holder.pid},`);
    expect([holder.exitCode, holder.signalCode]).toEqual([null, null]);
  } finally {
    holder.kill('SIGKILL');
  }
});

asRoot('without administrator rights: a session as it is by default does not run, others do', async () => {
  // So that another user can do all else.
  const path = place.path('adapter.mjs');
  await copyFile(program.path, path);
  for (const name of ['', 'temporary', 'state', 'adapter.mjs', 'kubeconfig', '.vscode'])
    await chmod(place.path(name), 0o777);
  const as = { uid: 65_534, gid: 65_534, cwd: place.path(), env: place.environment, reject: false } as const;
  const run = async (...args: string[]) => {
    const { stdout } = await execa(process.execPath, [path, 'doctor', '--json', ...args], as);
    const { checks } = JSON.parse(stdout) as { checks: Seen[] };
    return checks.find(({ name }) => name === 'administrator rights');
  };
  expect(await run()).toMatchObject({ verdict: 'failed', number: 401 });
  expect((await run())?.message).toMatch(/with "sudo -n": .*SUDO_ASKPASS.*"hosts": "private"/);
  await place.configure({ debug: python, useKubernetesServiceEnvironmentVariables: true });
  expect(await run('--name', 'web')).toMatchObject({ verdict: 'warning', number: 401 });
  await place.configure({ debug: python, hosts: 'private' });
  expect(await run('--name', 'web')).toMatchObject({ verdict: 'warning' });
});

asRoot('what would ask the user is not tried unless it is asked for', async () => {
  const path = place.path('adapter.mjs');
  await copyFile(program.path, path);
  for (const name of ['', 'temporary', 'state', 'adapter.mjs', 'kubeconfig'])
    await chmod(place.path(name), 0o777);
  const env = { ...place.environment, SUDO_ASKPASS: '/bin/false' };
  const as = { uid: 65_534, gid: 65_534, cwd: place.path(), env, reject: false } as const;
  const { stdout } = await execa(process.execPath, [path, 'doctor'], as);
  expect(stdout).toMatch(
    /^! administrator rights: "sudo -A" asks for them when a session begins\. That was not tried/m,
  );
  const tried = await execa(process.execPath, [path, 'doctor', '--prompt'], as);
  expect(tried.stdout).toMatch(
    /^✗ administrator rights: Cannot get administrator rights to look at the hosts file with "sudo -A"/m,
  );
});

test.each([
  [
    ['--name', 'wbe'],
    2,
    /^localprocess-k8s: There is no localprocess-k8s configuration "wbe" in ".vscode\/launch\.json"; did you mean "web" or "db"\? There are "web", "db"\./,
  ],
  [['--name', 'node'], 2, /There is no localprocess-k8s configuration "node"/],
  [
    ['--file', '.vscode/launch.json'],
    2,
    /Say which configuration of ".vscode\/launch\.json" is meant, with "--name": there are "web", "db"\./,
  ],
  [
    ['--file', 'none.json'],
    2,
    /There is no localprocess-k8s configuration in "none\.json": make one with "localprocess-k8s init"\./,
  ],
  [['--file', 'broken.json'], 1, /^localprocess-k8s: error 101: Cannot read "broken\.json:1:2": /],
  [['--connect-timeout', '0'], 2, /"--connect-timeout" has to be a number of seconds/],
  [['web'], 2, /There is no use for "web" here\./],
  [['--promt'], 2, /There is no option "--promt"; did you mean "--prompt"\?/],
])('a command line that is wrong: %j', async (args, code, says) => {
  await place.configure({ debug: python }, [
    { name: 'db', type: 'localprocess-k8s' },
    { name: 'node', type: 'node' },
  ]);
  await writeFile(place.path('broken.json'), '{');
  const { exitCode, stdout, stderr } = await place.doctor(args);
  expect(stderr).toMatch(says);
  expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
});
