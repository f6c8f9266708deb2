import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { F5, mainScript, type ShopService } from './support/f5.ts';
import {
  expectUnchanged,
  kubeconfig,
  kubectl,
  Namespace,
  snapshot,
  type Snapshot,
} from './support/harness.ts';
import { expectRefused } from './support/refusal.ts';
import { expectedOf, manifests, program } from './support/volumes.ts';

let namespace: Namespace;
let before: Snapshot;
jest.setTimeout(150_000);
const claim = `lpk-${randomBytes(4).toString('hex')}`;
const secret = `secret-${randomBytes(8).toString('hex')}`;

beforeAll(async () => {
  namespace = await Namespace.empty('volumes');
  await namespace.apply(...manifests({ claim, secret }));
  await namespace.available();
  before = await snapshot(namespace);
});

afterAll(async () => {
  await namespace[Symbol.asyncDispose]();
  await kubectl(['delete', 'persistentvolume', claim, '--wait=false']);
});

const service: ShopService = {
  target: 'deployment/app',
  ports: [],
  url: '',
  file: program,
  debug: { type: 'pwa-node', request: 'launch', program },
};

/** A session whose local process tells what it sees of the volumes. */
class Session implements AsyncDisposable {
  readonly f5: F5;
  /** The variables of the volumes. */
  readonly variables: Record<string, string>;

  private constructor(f5: F5, variables: Record<string, string>) {
    this.f5 = f5;
    this.variables = variables;
  }

  static async start(configuration: Record<string, unknown> = {}): Promise<Session> {
    const f5 = await F5.start({ kubeconfig, namespace: namespace.name, service, configuration });
    try {
      await f5.configure(program, []);
      const found = await f5.client.waitForEvent('output', ({ body }) =>
        String(body?.output).startsWith('volumes '),
      );
      const [, json = ''] = /^volumes (.*)/.exec(String(found.body?.output)) ?? [];
      return new Session(f5, JSON.parse(json) as Record<string, string>);
    } catch (error) {
      // Nobody else knows of it yet: it would go on through the tests that follow.
      await f5[Symbol.asyncDispose]();
      throw error;
    }
  }

  folder(name: string): string {
    return this.variables[`LOCALPROCESS_VOLUME_${name}`] ?? '';
  }

  /** Resolves when the local process says that a file has this text. */
  async sees(words: string): Promise<void> {
    await this.f5.client.waitForEvent('output', ({ body }) => String(body?.output).includes(words));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.f5[Symbol.asyncDispose]();
  }
}

/** What the original shows at a path, in the words of its own tools. */
function inPod(path: string): Promise<string> {
  return namespace.kubectl('exec', 'deployment/app', '-c', 'app', '--', 'sh', '-c', listing, 'sh', path);
}
async function here(path: string): Promise<string> {
  return (await execa('bash', ['-c', listing, 'bash', path], { env: { LC_ALL: 'C' } })).stdout;
}
/** Of each thing its name, mode, and where it leads or what it holds. Data is named for the time it was made. */
const listing = `cd "$1" && find . -print0 | sort -z | while IFS= read -r -d '' f; do
  if [ -L "$f" ]; then echo "$f -> $(readlink "$f")";
  elif [ -d "$f" ]; then echo "$f $(stat -c %a "$f")";
  else echo "$f $(stat -c %a "$f") $(md5sum < "$f")"; fi; done`;

test('every volume mount of the container: bytes, modes, links, empty folders, subPath, items, names with spaces', async () => {
  const original = expectedOf(
    Object.fromEntries(
      await Promise.all(
        ['/etc/settings', '/etc/items', '/filled', '/claim', '/etc/pod', '/etc/keys', '/etc/all'].map(
          async (path) => [path, await inPod(path)],
        ),
      ),
    ) as Record<string, string>,
  );
  await using session = await Session.start();
  const copies = {
    '/etc/settings': 'SETTINGS',
    '/etc/items': 'ITEMS',
    '/filled': 'FILLED',
    '/claim': 'CLAIM',
    '/etc/pod': 'POD',
  };
  for (const [path, name] of Object.entries(copies)) {
    const copy = expectedOf({ [path]: await here(session.folder(name)) });
    expect(copy[path]).toBe(original[path]);
  }
  expect(session.folder('SETTINGS_2')).toMatch(/\/only\.txt$/);
  expect(await readFile(session.folder('SETTINGS_2'), 'utf8')).toBe('one\n');
  // What the container has, not the agent.
  expect(await readFile(join(session.folder('POD'), 'cpu'), 'utf8')).toBe('250');
  expect(await readFile(join(session.folder('POD'), 'app'), 'utf8')).toBe('app');

  // Secrets: the same bytes, closed to others.
  for (const [name, path] of [
    ['KEYS', '/etc/keys'],
    ['ALL', '/etc/all'],
  ] as const) {
    const text = await here(`${session.folder(name)}/.`);
    const modes = [...text.matchAll(/ (\d{3,4})(?: \w{32} {2}-)?$/gm)].map(([, mode]) => mode);
    expect([...new Set(modes)].sort()).toEqual(['600', '700']);
    // A token is each pod's own.
    const withoutModes = (all: string | undefined) =>
      all
        ?.split('\n')
        .filter((line) => !line.includes('token'))
        .map((line) => line.replace(/ \d{3,4}(?=$| \w{32})/, ''));
    expect(withoutModes(expectedOf({ path: text }).path)).toEqual(withoutModes(original[path]));
  }
  const token = await readFile(join(session.folder('KUBE_API_ACCESS'), 'token'), 'utf8');
  expect(token.split('.')).toHaveLength(3);
  expect((await readFile(join(session.folder('ALL'), 'token'), 'utf8')).split('.')).toHaveLength(3);
  expect((await execa('stat', ['-f', '-c', '%T', `${session.folder('KEYS')}/.`])).stdout).toBe('tmpfs');

  const log = await readFile(session.f5.logPath(), 'utf8');
  const outputs = JSON.stringify(session.f5.client.events('output'));
  const journal = await execa('sh', [
    '-c',
    'cat "${XDG_STATE_HOME:-$HOME/.local/state}"/localprocess-k8s/sessions/*.json',
  ]);
  for (const text of [log, outputs, journal.stdout]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(token.trim());
  }
  const folders = Object.values(session.variables);
  await session.f5.stop();
  await expectUnchanged(before, namespace);
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
});

test('a ConfigMap and a Secret that change are seen by the running process', async () => {
  await using session = await Session.start({ volumes: { include: ['settings', 'keys'] } });
  expect(Object.keys(session.variables)).toHaveLength(3);
  await session.sees('sees red and old');
  const patch = (kind: string, data: object) =>
    namespace.kubectl('patch', kind, '--type=merge', '-p', JSON.stringify(data));
  await patch('configmap/settings', { data: { color: 'blue' } });
  await patch('secret/keys', { data: { age: Buffer.from('new').toString('base64') } });
  // The kubelet looks at a pod once a minute, and whenever that changes.
  const agent =
    (await namespace.get('pods', '--selector', 'localprocess-k8s/session')).items[0]?.metadata.name ?? '';
  await namespace.kubectl('annotate', 'pod', agent, 'test/look=now');
  await session.sees('sees blue and new');
  // Both on this machine's clock: when the kubelet replaced its link, and when this one was replaced.
  const link = '/.localprocess-k8s/volumes/etc/settings/..data';
  const show = `console.log(require('node:fs').lstatSync('${link}').ctimeMs)`;
  const there = await namespace.kubectl('exec', agent, '-c', 'app', '--', 'node', '-e', show);
  const late = (await lstat(join(session.folder('SETTINGS'), '..data'))).ctimeMs - Number(there);
  expect(late).toBeGreaterThan(0);
  expect(late).toBeLessThan(2000);
  await session.f5.stop();
  await expectUnchanged(before, namespace);
});

test('volumes at their real paths are seen there by the local process alone', async () => {
  await using session = await Session.start({ volumes: { at: 'realPaths' } });
  // As the test before left it.
  await session.sees('in place: blue, 3 parts of a token, one');
  expect(existsSync('/etc/settings')).toBe(false);
  expect(existsSync('/var/run/secrets/kubernetes.io')).toBe(false);
  await session.f5.stop();
  await expectUnchanged(before, namespace);
});

test('a limit that is passed names the mount, and nothing stays', async () => {
  const message = await expectRefused(
    {
      code: 'volumes-too-large',
      says: [
        '"filled" at "/filled" has 200.1 KiB',
        '"exclude": ["filled"]',
        '"volumes.include"',
        '"volumes.maxSize" is 100 KiB',
      ],
      at: 'Preparing this machine',
    },
    { namespace: namespace.name, service, configuration: { volumes: { maxSize: '100Ki' } } },
  );
  expect(message).not.toContain(secret);
  await expectUnchanged(before, namespace);
});

test.each([
  ['abc', '"volumes.maxSize" has to be a number of bytes'],
  ['0', '"volumes.maxSize" has to be a number of bytes'],
])('volumes.maxSize %s', async (maxSize, says) => {
  await expectRefused(
    { code: 'configuration-invalid', says: [says], at: undefined },
    { namespace: namespace.name, service, configuration: { volumes: { maxSize } } },
  );
});

test('secrets are gone after kill -9 of the adapter: by the helper', async () => {
  await using session = await Session.start();
  const folders = Object.values(session.variables);
  expect(folders.every((folder) => existsSync(folder))).toBe(true);
  session.f5.client.process?.kill('SIGKILL');
  const deadline = Date.now() + 20_000;
  while (folders.some((folder) => existsSync(folder)) && Date.now() < deadline)
    await new Promise((r) => setTimeout(r, 50));
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  await execa(process.execPath, [mainScript, 'restore']);
  await expectUnchanged(before, namespace, 90_000);
});

test('secrets are gone after kill -9 of adapter and helper: by the next run', async () => {
  await using session = await Session.start();
  const folders = Object.values(session.variables);
  const { stdout } = await execa('pgrep', ['-f', `${mainScript} helper`]);
  for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
  session.f5.client.process?.kill('SIGKILL');
  expect(folders.every((folder) => existsSync(folder))).toBe(true);
  await using next = await Session.start();
  const deadline = Date.now() + 20_000;
  while (folders.some((folder) => existsSync(folder)) && Date.now() < deadline)
    await new Promise((r) => setTimeout(r, 50));
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  await next.f5.stop();
  await expectUnchanged(before, namespace, 90_000);
});
