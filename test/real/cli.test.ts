import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { execa } from 'execa';
import { mainScript, root } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot } from './support/harness.ts';
import { children, descendants, hostsAre, kill } from './support/killing.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('cli');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const server = [process.execPath, join(root, 'samples', 'shop', 'web', 'server.js')];

/** The command line. */
const start = (...args: string[]) =>
  execa(process.execPath, [mainScript, ...args], { reject: false, input: '', stripFinalNewline: false });

const inNamespace = () => ['--namespace', shop.name, '--kubeconfig', kubeconfig];
const run = (more: string[], ...command: string[]) =>
  start(
    'run',
    'service/web',
    '--port',
    '3917:http',
    '--env',
    'ANSWERED_BY=local',
    '--env',
    'PORT=3917',
    ...inNamespace(),
    ...more,
    '--',
    ...command,
  );

/** Resolves when the program has said it on standard error. */
async function said(running: ReturnType<typeof start>, words: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    running.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (words.test(text)) resolve();
    });
    void running.then(() => reject(new Error(`It ended without saying ${String(words)}:\n${text}`)));
  });
}

const joined = (running: ReturnType<typeof start>) => said(running, /is served from this machine now/);

/** The environment of a running process, by the kernel's account. */
function environmentOf(pid: number): Record<string, string> {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

const originals = async () =>
  (await shop.get('pods', '--selector', 'app=web,!localprocess-k8s/session')).items
    .map(({ metadata }) => metadata.uid)
    .sort();

test('run: a Node.js server answers a request from inside the cluster; status and env tell of it; SIGTERM ends it cleanly', async () => {
  const before = await snapshot(shop);
  const running = run([], ...server);
  await joined(running);
  await shop.originalsGone('service/web');
  expect((await inside.request('http://web/who')).body).toBe('local');

  const text = (await start('status', ...inNamespace())).stdout;
  expect(text).toMatch(new RegExp(`^\\w{8} +service/web +${shop.name} +\\S+@\\S+ +\\d+s +joined$`, 'm'));
  const json = JSON.parse((await start('status', '--json', ...inNamespace())).stdout) as {
    sessions: { namespace: string; state: string; pods: { state: string }[] }[];
  };
  const listed = json.sessions.find(({ namespace }) => namespace === shop.name);
  expect(listed).toMatchObject({ state: 'joined', pods: [{ state: 'joined' }, { state: 'joined' }] });

  const local = environmentOf(children(running.pid ?? 0).find((pid) => environmentOf(pid).ANSWERED_BY) ?? 0);
  const secret = local.API_KEY ?? '';
  expect(secret).toMatch(/\n/);
  const firstLine = secret.split('\n')[0] ?? '';
  const hidden = (await start('status', '--diagnostics', ...inNamespace())).stdout;
  for (const part of [
    'variables',
    'names',
    'listeners',
    'volumes',
    'agents',
    'versions',
    'kubernetes v1',
    'log /',
  ])
    expect(hidden).toContain(part);
  expect(hidden).toMatch(/API_KEY = <hidden: \d+ characters>/);
  expect(hidden).toMatch(/tunnel ready, [\d.]+ ms/);
  expect(hidden).toMatch(/^ +127\.\S+ .*\bredis\b/m);
  for (const value of [firstLine, 'good morning', readFileSync(kubeconfig, 'utf8')])
    expect(hidden).not.toContain(value);
  const shown = (await start('status', '--diagnostics', '--show-secrets', ...inNamespace())).stdout;
  expect(shown).toContain(`API_KEY = ${JSON.stringify(secret)}`);

  const env = async (format: string) =>
    (await start('env', 'web', '--format', format, ...inNamespace())).stdout;
  const variables = JSON.parse(await env('json')) as Record<string, string>;
  expect(variables).toMatchObject({ API_KEY: secret, GREETING: 'good morning', ANSWERED_BY: 'local' });
  expect(local).toMatchObject(variables);
  expect(parseEnv(await env('dotenv'))).toEqual(variables);

  running.kill('SIGTERM');
  const { exitCode } = await running;
  expect(exitCode).toBe(0); // The sample ends by itself on SIGTERM.
  await expectUnchanged(before, shop);
}, 120_000);

test('run: exit codes are passed on, and 128 and the signal’s number', async () => {
  const before = await snapshot(shop);
  expect((await run(['--no-hosts'], 'sh', '-c', 'exit 7')).exitCode).toBe(7);
  const killed = await run(['--no-hosts'], 'sh', '-c', 'printf "%s" "$API_KEY" | head -n 1; kill -9 $$');
  expect(killed.exitCode).toBe(137);
  expect(killed.stdout).toBe('first line\n');
  expect((await run(['--no-hosts'], 'no-such-command')).exitCode).toBe(127);
  await expectUnchanged(before, shop);
}, 120_000);

test('run: Ctrl-C in a terminal reaches the command once, a second one breaks nothing, and its exit code counts', async () => {
  const before = await snapshot(shop);
  const program =
    'let n = 0; process.on("SIGINT", () => { n++; console.log("interrupt " + n); if (n === 2) process.exit(5); }); ' +
    'require("http").createServer().listen(3917, () => console.log("up"));';
  const words = [process.execPath, mainScript, 'run', 'service/web', '--port', '3917:http', ...inNamespace()];
  const line = [...words, '--', process.execPath, '-e', program].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  );
  // `exec`: a shell in between would end on Ctrl-C before the session has left (dash does, bash does not).
  const terminal = execa('script', ['-qec', `exec ${line.join(' ')}`, '/dev/null'], {
    reject: false,
    stdin: 'pipe',
  });
  let seen = '';
  const shows = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => seen.includes(text) && resolve();
      terminal.stdout.on('data', look);
      void terminal.then(() => reject(new Error(`It ended without showing "${text}":\n${seen}`)));
      look();
    });
  terminal.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  await shows('is served from this machine now');
  terminal.stdin.write('\x03');
  await shows('interrupt 1');
  terminal.stdin.write('\x03');
  await shows('interrupt 2');
  terminal.stdin.write('\x03');
  const { exitCode } = await terminal;
  expect(seen).not.toContain('interrupt 3');
  expect(exitCode).toBe(5);
  await expectUnchanged(before, shop);
}, 120_000);

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  'run: %s during the launch undoes it',
  async (signal, code) => {
    const before = await snapshot(shop);
    const running = run([], ...server);
    await said(running, /container web/);
    running.kill(signal);
    const { exitCode, stderr } = await running;
    expect(stderr).toMatch(/cancelled; everything is as it was/);
    expect(exitCode).toBe(code);
    await expectUnchanged(before, shop);
  },
  120_000,
);

test('run: a connection that is lost for good ends the command, tells the reason, exit code 1', async () => {
  const before = await snapshot(shop);
  const running = run([], ...server);
  await joined(running);
  await shop.kubectl('delete', 'pod', '--selector', 'localprocess-k8s/session', '--wait=false');
  const { exitCode, stderr } = await running;
  expect(stderr).toMatch(/Cannot go on: the agent ".*" has gone/);
  expect(exitCode).toBe(1);
  await expectUnchanged(before, shop);
}, 120_000);

test('run: after kill -9, status says dead, and restore restores', async () => {
  const before = await snapshot(shop);
  const running = run([], ...server);
  await joined(running);
  const pid = running.pid ?? 0;
  kill([pid, ...descendants(pid)]);
  await running;
  await hostsAre(before.hosts);
  const { stdout } = await start('status', ...inNamespace());
  const [, session] =
    /^(\w{8}) +service\/web +.* dead: "localprocess-k8s restore" undoes/m.exec(stdout) ?? [];
  expect(stdout).toMatch(/dead: /);
  expect((await start('restore')).stdout).toContain(`${session} on service/web`);
  await expectUnchanged(before, shop);
}, 120_000);

test('env without a session: each format has the pod’s values, and no original is replaced', async () => {
  const before = await snapshot(shop);
  const pods = await originals();
  const env = async (format: string) => start('env', 'service/web', '--format', format, ...inNamespace());
  const { stdout, stderr } = await env('json');
  const variables = JSON.parse(stdout) as Record<string, string>;
  const key = await shop.kubectl('get', 'secret', '--output', 'json').then((text) => text);
  const encoded = Buffer.from(variables.API_KEY ?? '').toString('base64');
  expect(key).toContain(`"${encoded}"`);
  expect(variables.GREETING).toBe('good morning');
  expect(variables).not.toHaveProperty('REDIS_SERVICE_HOST');
  expect(stderr).toMatch(/Left out: \d+ variables that lead somewhere only while a session runs/);
  expect(stderr).not.toContain(variables.API_KEY?.split('\n')[0]);

  // Two runs differ in the name of the agent's pod alone.
  const same = (one: Record<string, string | undefined>) =>
    expect({ ...one, HOSTNAME: '' }).toMatchObject({ ...variables, HOSTNAME: '' });
  same(parseEnv((await env('dotenv')).stdout));
  const script = (await env('shell')).stdout;
  const { stdout: environ } = await execa('sh', [
    '-c',
    'eval "$1"; exec cat /proc/self/environ',
    'sh',
    script,
  ]);
  same(
    Object.fromEntries(
      environ
        .split('\0')
        .filter(Boolean)
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
  );
  expect((await env('powershell')).stdout).toContain("$env:GREETING = 'good morning'");
  await expectUnchanged(before, shop);
  expect(await originals()).toEqual(pods);
}, 120_000);
