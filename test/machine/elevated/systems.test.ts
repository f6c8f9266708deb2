import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Log } from '../../../adapter/log.ts';
import { osascriptPrompt, powerShellPrompt } from '../../../adapter/machine/elevated/prompts.ts';
import { throughDoor } from '../../../adapter/machine/elevated/starting.ts';
import { wayToAdministrator, type Way } from '../../../adapter/machine/elevated/ways.ts';
import { exposeServices } from '../../../adapter/machine/services/services.ts';
import { UndoStack } from '../../../adapter/undo.ts';
import { firstLine, hostsText, hostsToBe, noneWith, processesWith, start } from '../helper.ts';
import { ask, echo } from '../processes/server.ts';
import { bundle, temporaryFolder } from '../script.ts';
import { cluster, options } from '../services/shop.ts';

// What macOS and Windows do, on Linux: the whole adapter and helper, with stand-ins for osascript, powershell.exe
// and ifconfig. Nothing here has been run on those systems.
const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

const entries = [{ address: '127.66.8.1', hostnames: ['redis-of-test'] }];
const fixtures = join(import.meta.dirname, '../../fixtures');

/** The prompts, in which stand-ins take the place of the systems' own programs. */
const osascript = (command: readonly string[], reason: string) => [
  ...[process.execPath, join(fixtures, 'osascript.mjs')],
  ...osascriptPrompt(command, reason).slice(1),
];
const powershell = (command: readonly string[]) => [
  ...[process.execPath, join(fixtures, 'powershell.mjs')],
  ...powerShellPrompt(command).slice(1),
];

const macOS: Way = { name: 'osascript', prompts: true, open: throughDoor(osascript), aliases: true };
const windows: Way = { name: 'UAC', prompts: true, open: throughDoor(powershell), aliases: false };

/** A helper whose ifconfig is a stand-in that notes what it is told; otherwise an adapter that runs `main`. */
async function helperOf(
  main = '',
): Promise<AsyncDisposable & { path: string; hostsFile: string; told: () => Promise<string[]> }> {
  const folder = await temporaryFolder();
  const place = (name: string) => join(folder.path, name);
  await bundle(
    `import { appendFile } from 'node:fs/promises';
     import { Administrator, serveHelper } from './administrator.ts';
     import { osascriptPrompt } from './elevated/prompts.ts';
     import { throughDoor } from './elevated/starting.ts';
     import { Log } from '../log.ts';
     const ifconfig = (program, args) =>
       appendFile(${JSON.stringify(place('told'))}, [program, ...args].join(' ') + '\\n');
     const osascript = (command, reason) =>
       [process.execPath, ${JSON.stringify(join(fixtures, 'osascript.mjs'))}, ...osascriptPrompt(command, reason).slice(1)];
     if (process.argv[2] === 'helper') await serveHelper(process.argv.slice(3), ifconfig);
     else {
       const administrator = await Administrator.start({
         way: { name: 'osascript', prompts: true, open: throughDoor(osascript), aliases: true },
         session: 'killed', mainScript: process.argv[1], hostsFile: ${JSON.stringify(place('hosts'))},
         log: new Log('test', '/dev/null'), progress: { step() {}, say() {}, warn() {} },
         signal: new AbortController().signal,
       });
       ${main}
     }`,
    place('main.mjs'),
  );
  await writeFile(place('hosts'), hostsText);
  await writeFile(place('told'), '');
  return {
    path: place('main.mjs'),
    hostsFile: place('hosts'),
    told: async () => (await readFile(place('told'), 'utf8')).split('\n').slice(0, -1),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const added = (address: string) => `/sbin/ifconfig lo0 alias ${address} netmask 255.255.255.255`;
const removed = (address: string) => `/sbin/ifconfig lo0 -alias ${address}`;

asRoot.each([
  ['osascript', () => Promise.resolve(macOS)],
  ['root', () => wayToAdministrator({}, 'darwin')],
])('macOS, as %s: names, lo0 aliases and ports below 1024, all undone at the end', async (name, wayOf) => {
  const way = await wayOf();
  expect(way).toMatchObject({ name, aliases: true });
  await using helper = await helperOf();
  const asked: string[] = [];
  const progress = { step: () => undefined, say: (text: string) => asked.push(text), warn: () => undefined };
  const administrator = await start(helper, { way, progress });
  expect(asked).toHaveLength(way.prompts ? 1 : 0);
  await administrator.haveAddresses(['127.66.8.1', '127.66.8.2']);
  await administrator.writeHosts(entries);
  const server = await administrator.bind('127.66.8.1', 83, echo);
  expect(await ask('127.66.8.1', 83, 'through')).toBe('through');
  expect(await readFile(helper.hostsFile, 'utf8')).toContain('127.66.8.1 redis-of-test');
  expect(await helper.told()).toEqual(['127.66.8.1', '127.66.8.2'].map(added));
  const [pid = 0, ...others] = await processesWith(`${helper.path} helper`);
  expect(others).toEqual([]);
  const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  // Everybody can read it: the nonce is not on it, and the file that had it is gone.
  expect(line.join(' ')).not.toMatch(/[0-9a-f]{64}/);
  expect(existsSync(dirname(line[line.indexOf('--channel') + 1] ?? '/'))).toBe(false);
  await administrator.close();
  server.close();
  await noneWith(helper.path);
  expect(await readFile(helper.hostsFile, 'utf8')).toBe(hostsText);
  expect((await helper.told()).slice(2)).toEqual(['127.66.8.2', '127.66.8.1'].map(removed));
  expect(await ask('127.66.8.1', 83, 'x')).toBe('ECONNREFUSED');
});

asRoot('macOS: undoes everything at once when the adapter is killed with all it started', async () => {
  await using folder = await temporaryFolder();
  const secrets = join(folder.path, 'localprocess-k8s-killed');
  await mkdir(secrets);
  await using helper = await helperOf(`
    await administrator.haveAddresses(['127.66.8.3']);
    await administrator.writeHosts(${JSON.stringify(entries)});
    await administrator.bind('127.66.8.3', 84, (socket) => void socket.pipe(socket));
    await administrator.removeAtEnd([${JSON.stringify(secrets)}]);
    console.log('written');
  `);
  const adapter = spawn(process.execPath, [helper.path], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await firstLine(adapter)).toBe('written');
  expect(await ask('127.66.8.3', 84, 'through')).toBe('through');
  expect(await readFile(helper.hostsFile, 'utf8')).toContain('redis-of-test');
  if (adapter.pid === undefined) throw new Error('The adapter did not start.');
  process.kill(-adapter.pid, 'SIGKILL');
  await hostsToBe(helper.hostsFile, hostsText);
  await noneWith(helper.path);
  expect(await helper.told()).toEqual([added('127.66.8.3'), removed('127.66.8.3')]);
  expect(await ask('127.66.8.3', 84, 'x')).toBe('ECONNREFUSED');
  expect(existsSync(secrets)).toBe(false);
});

asRoot('macOS: services get their addresses before anything listens there', async () => {
  await using helper = await helperOf();
  await using shop = await cluster();
  await using administrator = await start(helper, { way: macOS });
  // There is no packet filter of Linux there: listeners are on the real ports.
  administrator.redirect = () => Promise.reject(new Error('Not on macOS.'));
  const undo = new UndoStack(new Log('test', '/dev/null'));
  const service = {
    name: 'aliased-of-test',
    namespace: 'shop-of-test',
    host: 'x.svc',
    ports: [{ port: 50_083 }],
  };
  const { services } = await exposeServices(
    [service],
    options(undo, { mode: 'hosts', ...shop, administrator: () => Promise.resolve(administrator) }),
  );
  const address = services[0]?.address ?? '';
  expect(await helper.told()).toEqual([added(address)]);
  expect(await ask(address, 50_083, 'hello')).toBe('hello');
  await undo.undo();
});

asRoot('macOS: an address that cannot be added is an error that names the way without rights', async () => {
  await using helper = await helperOf();
  await using administrator = await start(helper, { way: macOS });
  await expect(administrator.haveAddresses(['10.0.0.1'])).rejects.toMatchObject({
    code: 'listen-failed',
    message: expect.stringContaining('"useKubernetesServiceEnvironmentVariables": true') as unknown,
  });
  expect(await helper.told()).toEqual([]);
});

asRoot('Windows: names, which end with the session; every address is there already', async () => {
  expect(await wayToAdministrator({}, 'win32')).toMatchObject({ prompts: true, aliases: false });
  await using helper = await helperOf();
  const administrator = await start(helper, { way: windows });
  await administrator.haveAddresses(['127.66.8.1']);
  await administrator.writeHosts(entries);
  expect(await readFile(helper.hostsFile, 'utf8')).toContain('127.66.8.1 redis-of-test');
  await administrator.close();
  await noneWith(helper.path);
  expect(await readFile(helper.hostsFile, 'utf8')).toBe(hostsText);
  expect(await helper.told()).toEqual([]);
});

asRoot(
  'a prompt of macOS that is closed is a refusal, in its own words, that names the ways without',
  async () => {
    await using helper = await helperOf();
    const refusing = throughDoor((...asked) => ['env', 'REFUSE=1', ...osascript(...asked)]);
    const refused = start(helper, { way: { ...macOS, open: refusing } });
    await expect(refused).rejects.toMatchObject({
      code: 'administrator-refused',
      message: expect.stringMatching(
        /with "osascript": .*User canceled.*"hosts": "private".*"useKubernetesServiceEnvironmentVariables": true/,
      ) as unknown,
    });
    await noneWith(helper.path);
  },
);

asRoot('a launch that is cancelled closes the prompt, and leaves no helper', async () => {
  await using helper = await helperOf();
  const stop = new AbortController();
  const waiting = throughDoor((...asked) => ['env', 'REFUSE=wait', ...osascript(...asked)]);
  const starting = start(helper, { way: { ...macOS, open: waiting }, signal: stop.signal });
  setImmediate(() => stop.abort(new Error('cancelled')));
  await expect(starting).rejects.toThrow('cancelled');
  await noneWith(helper.path);
});

test('another system is refused with the way without administrator rights', async () => {
  await expect(wayToAdministrator({}, 'freebsd')).rejects.toMatchObject({
    code: 'machine-unsupported',
    message: expect.stringContaining('"useKubernetesServiceEnvironmentVariables": true') as unknown,
  });
});
