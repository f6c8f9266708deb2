import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { presets } from '../../adapter/debugger/presets.ts';
import { buildAdapter, root } from '../harness.ts';
import { standIn } from './apiServer.ts';
import { Examination, type Cluster } from './examination.ts';

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

asRoot(
  'a machine and a cluster on which a session runs: what was looked at, and nothing is changed',
  async () => {
    const before = await readFile('/etc/hosts');
    const { checks, named } = await place.examine();
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(named('kubeconfig')?.message).toMatch(/^The context "test": http:.*, namespace "shop"\.$/);
    expect(named('cluster')?.message).toMatch(/^Kubernetes v1\.34\.1 answers, in \d+ ms\.$/);
    expect(named('permissions')?.message).toBe('All that a session needs in the namespace "shop".');
    expect(named('image')?.message).toBe('"node:22-alpine" is on 1 of 1 nodes.');
    expect(named('loopback')?.message).toMatch(/"127\.\d+\.\d+\.1"/);
    expect(named('administrator rights')?.message).toMatch(/without asking \("root"\)/);
    expect(named('hosts file')?.message).toMatch(/can be changed; it was not/);
    for (const { types } of presets)
      expect(named(`debugger for "${types[0]}"`)?.verdict).toMatch(/^(ok|warning)$/);
    expect(named('leftovers')?.message).not.toContain(place.path());
    expect(await readFile('/etc/hosts')).toEqual(before);
    expect(await readdir(place.path('temporary'))).toEqual([]);
  },
);

test('for people a line each, with a mark, and the verdict at the end', async () => {
  place.cluster = { ...place.cluster, lacks: ['create pods'], images: [] };
  const { stdout, exitCode } = await place.doctor();
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^✓ kubeconfig: /);
  expect(stdout).toMatch(
    /^✗ permissions: Cannot work in the namespace "shop": your account may not create pods\./m,
  );
  expect(stdout).toMatch(/^ {4}kind: Role$/m);
  expect(stdout).toMatch(/^! image: No node tells of "node:22-alpine": whether the cluster can pull/m);
  expect(lines.at(-1)).toBe('A session cannot run.');
  expect(exitCode).toBe(1);
});

test.each<
  [string, Partial<Cluster>, string[], { name: string; verdict: string; number?: number; says: RegExp }]
>([
  [
    'an old cluster',
    { version: 'v1.27.3+k3s' },
    [],
    { name: 'cluster', verdict: 'warning', says: /no native sidecars: only pods with one container/ },
  ],
  [
    'a namespace that is misspelt',
    {},
    ['-n', 'shpo'],
    { name: 'namespace', verdict: 'failed', number: 205, says: /"shpo".*did you mean "shop"/ },
  ],
  [
    'a context that is misspelt',
    {},
    ['--context', 'tset'],
    { name: 'kubeconfig', verdict: 'failed', number: 201, says: /"tset".*did you mean "test"/ },
  ],
  [
    'no kubeconfig',
    {},
    ['--kubeconfig', 'none'],
    { name: 'kubeconfig', verdict: 'failed', number: 200, says: /"none".*ENOENT/ },
  ],
  [
    'rights that are missing',
    { lacks: ['watch pods', 'list endpointslices'] },
    [],
    {
      name: 'permissions',
      verdict: 'failed',
      number: 204,
      says: /may not watch pods, list endpointslices\. Ask[^]*kind: Role/,
    },
  ],
  [
    'rights that one can do without',
    { lacks: ['get pods/exec'] },
    [],
    { name: 'permissions', verdict: 'ok', says: /may not get pods\/exec\. Optional: without it/ },
  ],
  [
    'nodes that one may not see',
    { images: undefined },
    [],
    {
      name: 'image',
      verdict: 'warning',
      says: /may not see the nodes' images: whether .* shows only when an agent is placed\. If it cannot, set "agent\.image"/,
    },
  ],
])('%s', async (_, change, args, { says, ...expected }) => {
  place.cluster = { ...place.cluster, ...change };
  const { named, able } = await place.examine(args);
  expect(named(expected.name)).toMatchObject(expected);
  expect(named(expected.name)?.message).toMatch(says);
  expect(able).toBe(expected.verdict !== 'failed');
  // One fault hides nothing of the machine.
  expect(named('leftovers')).toBeDefined();
});

test('a cluster that does not answer', async () => {
  await using silent = await standIn(() => undefined);
  const { named } = await place.examine(['--kubeconfig', silent.kubeconfig, '--connect-timeout', '0.5']);
  expect(named('cluster')).toMatchObject({ verdict: 'failed', number: 202 });
  expect(named('cluster')?.message).toMatch(/within 0\.5 s\. Check the network or VPN/);
  expect(named('permissions')).toBeUndefined();
});

test('folders that cannot be written to', async () => {
  await writeFile(place.path('file'), '');
  const path = place.path('file', 'x');
  const { named } = await place.examine([], { TMPDIR: path, XDG_STATE_HOME: path });
  expect(named('temporary folder')).toMatchObject({ verdict: 'failed', number: 408 });
  expect(named('temporary folder')?.message).toMatch(
    / or name another folder for temporary files in TMPDIR\.$/,
  );
  expect(named('state folder')).toMatchObject({ verdict: 'failed', number: 408 });
  expect(named('state folder')?.message).toMatch(/ or name another folder in XDG_STATE_HOME\.$/);
});

test('what sessions have left, here', async () => {
  const sessions = place.path('state', 'localprocess-k8s', 'sessions');
  await mkdir(sessions, { recursive: true });
  const record = {
    version: 1,
    session: 'dead0001',
    process: { pid: 4194304, started: 'never' },
    since: '2026-01-01T00:00:00.000Z',
    log: '/dev/null',
    cluster: { context: 'test', namespace: 'shop', connectTimeoutSeconds: 1 },
    target: 'service/web',
  };
  await writeFile(join(sessions, 'dead0001.json'), JSON.stringify(record));
  await writeFile(
    place.path('hosts'),
    '127.64.0.1 db # localprocess-k8s dead0001\n127.64.1.1 db # localprocess-k8s dead0002\n',
  );
  for (const session of ['dead0001', 'dead0003'])
    await mkdir(place.path('temporary', `localprocess-k8s-${session}`));
  const { named, able } = await place.examine();
  expect(named('leftovers')?.verdict).toBe('warning');
  expect(named('leftovers')?.message.split('\n')).toEqual([
    'The session dead0001 on service/web in shop, begun 2026-01-01T00:00:00.000Z, is dead: "localprocess-k8s restore" undoes what it left.',
    expect.stringMatching(
      /lines of the session "dead0002", which is none of yours: .* end in "# localprocess-k8s dead0002"\.$/,
    ),
    expect.stringMatching(
      /^There are folders of sessions that are not known here: .*\/localprocess-k8s-dead0003"(?!.*dead0001).* remove them\.$/,
    ),
  ]);
  expect(able).toBe(true);
});

test('an interrupted examination ends at once', async () => {
  const began = performance.now();
  await using silent = await standIn(() => running.kill('SIGINT'));
  const env = { ...place.environment, KUBECONFIG: silent.kubeconfig };
  const running = execa(process.execPath, [program.path, 'doctor'], {
    env,
    cwd: place.path(),
    reject: false,
  });
  const { exitCode, stdout, stderr } = await running;
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 130,
    stdout: '',
    stderr: 'localprocess-k8s: Cancelled by SIGINT.',
  });
  // What waits for the cluster waits for 10 s.
  expect(performance.now() - began).toBeLessThan(8000);
});
