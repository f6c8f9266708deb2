import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { build } from 'esbuild';
import { execa } from 'execa';
import { askControl, serveControl } from '../adapter/control.ts';
import { Diagnostics } from '../adapter/diagnostics.ts';
import { Log } from '../adapter/log.ts';
import { UndoStack } from '../adapter/undo.ts';
import { version } from '../adapter/version.ts';
import { connectClient, fixture, initialize, programs } from './harness.ts';

const never = new AbortController().signal;
const secret = 'hunter2-of-the-cluster';
const none = { open: 0, total: 0, received: 0, sent: 0 };
let folder: string;
let path: string;
let log: Log;
let undo: UndoStack;
let diagnostics: Diagnostics;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  path = join(folder, 'control');
  log = new Log('test', join(folder, 'log'));
  undo = new UndoStack(log);
  diagnostics = new Diagnostics({ session: 'cafe', since: '2026-01-01T00:00:00.000Z', log: log.path });
});
afterEach(async () => {
  await undo.undo();
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const serve = () => serveControl(path, diagnostics, { undo, log });

async function dial(): Promise<Socket> {
  const socket = connect({ path });
  await once(socket, 'connect');
  return socket;
}

test('a session answers what it is doing', async () => {
  await serve();
  expect(await askControl(path, { question: 'state' }, never)).toEqual({
    session: 'cafe',
    state: 'starting',
    traffic: none,
    reached: none,
    warnings: [],
  });
  diagnostics.note({ target: 'service/web', namespace: 'shop', context: 'here' });
  diagnostics.enter('waiting');
  diagnostics.enter('joined');
  expect(await askControl(path, { question: 'state' }, never)).toMatchObject({
    state: 'joined',
    target: 'service/web',
    namespace: 'shop',
    context: 'here',
  });
  diagnostics.enter('leaving');
  diagnostics.enter('joined');
  expect(await askControl(path, { question: 'state' }, never)).toMatchObject({ state: 'leaving' });
});

test('the environment is absent until it is known, then exact', async () => {
  await serve();
  expect(await askControl(path, { question: 'environment' }, never)).toEqual({});
  const environment = { A: 'x\n"y" $z é', EMPTY: '', LONG: 'x'.repeat(64 * 1024), UNSET: null };
  diagnostics.note({ environment });
  expect(await askControl(path, { question: 'environment' }, never)).toEqual({ environment });
});

test('diagnostics hide values, also in lines of the log, unless they are asked for', async () => {
  const environment = { PASSWORD: secret, ONE: '1', UNSET: null, LINES: `first\n${secret}-more` };
  diagnostics.note({ environment, target: 'service/web' });
  await writeFile(log.path, `a line\nfailed ${secret}\n`);
  await serve();
  const hidden = await askControl(path, { question: 'diagnostics', showSecrets: false }, never);
  expect(hidden?.variables).toEqual({
    PASSWORD: '<hidden: 22 characters>',
    ONE: '<hidden: 1 character>',
    UNSET: null,
    LINES: '<hidden: 33 characters>',
  });
  expect(hidden?.log.tail).toEqual(['a line', 'failed <hidden>']);
  expect(JSON.stringify(hidden)).not.toContain('hunter2');
  const shown = await askControl(path, { question: 'diagnostics', showSecrets: true }, never);
  expect(shown?.variables).toEqual(environment);
  expect(shown?.log.tail).toContain(`failed ${secret}`);
});

test('diagnostics name versions, and do not wait for a cluster that is away', async () => {
  diagnostics.note({ kubernetes: () => Promise.reject(new Error('away')) });
  const report = await diagnostics.report({ showSecrets: false });
  expect(report.versions).toMatchObject({
    'localprocess-k8s': version,
    node: process.version,
    kubernetes: 'unknown (unreachable)',
  });
  diagnostics.note({ kubernetes: () => new Promise(() => undefined) });
  expect((await diagnostics.report({ showSecrets: false })).versions.kubernetes).toBe('unknown (no answer)');
});

test('the cluster’s version is asked for until it is known, and not again', async () => {
  let asked = 0;
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve('v1.34.1')];
  diagnostics.note({ kubernetes: () => answers[asked++]?.() ?? Promise.reject(new Error('again')) });
  const version = async () => (await diagnostics.report({ showSecrets: false })).versions.kubernetes;
  expect([await version(), await version(), await version()]).toEqual([
    'unknown (unreachable)',
    'v1.34.1',
    'v1.34.1',
  ]);
  expect(asked).toBe(2);
});

test('what goes to services is told for each, and in short for all', async () => {
  const traffic = { open: 1, total: 3, received: 10, sent: 20 };
  const service = {
    name: 'prices',
    namespace: 'shop',
    address: '127.1.2.3',
    hostnames: ['prices'],
    ports: [{ port: 5000, local: 5000 }],
    traffic,
  };
  const services = [service, { ...service, name: 'redis', traffic: { ...traffic, open: 2 } }];
  diagnostics.note({ exposure: { services, entries: [] } });
  expect(diagnostics.summary().reached).toEqual({ open: 3, total: 6, received: 20, sent: 40 });
  expect((await diagnostics.report({ showSecrets: false })).listeners).toMatchObject([
    { service: 'prices', traffic: { open: 1 } },
    { service: 'redis', traffic: { open: 2 } },
  ]);
});

test('the last 20 warnings are kept, with their time', () => {
  for (let count = 1; count <= 25; count++) diagnostics.warn(`warning ${count}`);
  const { warnings } = diagnostics.summary();
  expect(warnings.map(({ text }) => text)).toEqual(
    Array.from({ length: 20 }, (_, index) => `warning ${index + 6}`),
  );
  for (const { at } of warnings) expect(Date.parse(at)).toBeGreaterThan(Date.now() - 60_000);
});

test('the log’s tail: the last 100 lines, whole ones; none when it cannot be read', async () => {
  await writeFile(
    log.path,
    Array.from({ length: 3000 }, (_, line) => `line ${line} ${'x'.repeat(50)}\n`).join(''),
  );
  const { tail } = (await diagnostics.report({ showSecrets: false })).log;
  expect(tail).toHaveLength(100);
  expect(tail[0]).toMatch(/^line 2900 /);
  expect(tail.at(-1)).toMatch(/^line 2999 /);
  const gone = new Diagnostics({ session: 'cafe', since: 'now', log: join(folder, 'none') });
  expect((await gone.report({ showSecrets: true })).log.tail).toEqual([]);
});

test.each([
  ['rubbish', 'GET / HTTP/1.1\r\n\r\n'],
  ['an unknown question', '{"question":"password"}\n'],
  ['null', 'null\n'],
  ['a question without end', '{'.repeat(10_000)],
])('the control socket closes on %s, and answers the next', async (_, sent) => {
  diagnostics.note({ environment: { PASSWORD: secret } });
  await serve();
  const socket = await dial();
  socket.on('error', () => undefined);
  socket.write(sent);
  expect(await text(socket).catch(() => '')).toBe('');
  expect(await askControl(path, { question: 'state' }, never)).toMatchObject({ state: 'starting' });
});

test('a client that says nothing, and one that reads nothing, do not hold up the end; the socket is gone then', async () => {
  diagnostics.note({ environment: { LONG: 'x'.repeat(8 * 1024 * 1024) } });
  await serve();
  const silent = await dial();
  const deaf = await dial();
  const ends = [silent, deaf].map(
    (socket) => new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve)),
  );
  deaf.write('{"question":"environment"}\n');
  await once(deaf, 'readable');
  await undo.undo();
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  silent.resume();
  deaf.resume();
  await Promise.all(ends);
});

test('more clients than the limit are refused, and those there are answered', async () => {
  await serve();
  const clients = await Promise.all(Array.from({ length: 20 }, dial));
  const ended = clients.map((client) => text(client));
  for (const client of clients) client.on('error', () => undefined).write('{"question":"state"}\n');
  const answers = await Promise.all(ended.map((answer) => answer.catch(() => '')));
  expect(answers.filter((answer) => answer.includes('"state":"starting"')).length).toBeGreaterThanOrEqual(8);
});

test('the socket is for this user only', async () => {
  await serve();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a session that cannot be asked goes on, and its log says why', async () => {
  const long = join(folder, 'x'.repeat(120));
  await serveControl(long, diagnostics, { undo, log });
  await chmod(folder, 0o700);
  await serveControl(join(folder, 'no', 'control'), diagnostics, { undo, log });
  expect(await askControl(long, { question: 'state' }, never)).toBeUndefined();
  await undo.undo();
  await log.close();
  const { tail } = (await diagnostics.report({ showSecrets: true })).log;
  expect(tail.join('\n')).toMatch(/the path is too long/);
  expect(tail.join('\n')).toMatch(/listen E[A-Z]+/);
});

test('asking ends with the signal', async () => {
  await serve();
  diagnostics.note({ kubernetes: () => new Promise(() => undefined) });
  const gone = new AbortController();
  const asked = askControl(path, { question: 'diagnostics', showSecrets: false }, gone.signal);
  gone.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
});

test('a socket that is served, and clients of it, do not keep the process alive', async () => {
  const program = await execa(
    process.execPath,
    ['--input-type=module', '-e', `${await bundled('control.ts')}\n`],
    { env: { CONTROL: path, LOG: log.path }, timeout: 20_000 },
  );
  expect(program.stdout).toBe('served');
});

test('DAP: localprocess-k8s.diagnostics answers the same, with values only when asked', async () => {
  await using it = connectClient();
  await it.client.body('initialize', initialize);
  const early = await it.client.request('localprocess-k8s.diagnostics', {});
  expect(early).toMatchObject({ success: false, message: expect.stringMatching(/does not run yet/) });
  it.client.send('launch', { target: 'service/web', debug: programs.node.debug });
  await it.client.waitForEvent('initialized');
  const hidden = await it.client.body('localprocess-k8s.diagnostics', {});
  expect(hidden).toMatchObject({
    session: 'fake',
    variables: { SECRET: expect.stringMatching(/^<hidden: \d+/) },
  });
  expect(JSON.stringify(hidden)).not.toContain('only-in-the-cluster');
  const shown = await it.client.body('localprocess-k8s.diagnostics', { showSecrets: true });
  expect(shown).toMatchObject({ variables: { CLUSTER_ONLY: 'only-in-the-cluster' } });
  const wrong = await it.client.body('localprocess-k8s.diagnostics', { showSecrets: 'true' });
  expect(JSON.stringify(wrong)).not.toContain('only-in-the-cluster');
});

/** A fixture as the text of one module. */
async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fixture(name)],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
