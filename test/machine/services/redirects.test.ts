import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { Journal } from '../../../adapter/journal.ts';
import { Log } from '../../../adapter/log.ts';
import { exposeServices, type ClusterService } from '../../../adapter/machine/services/services.ts';
import { restore } from '../../../adapter/restore.ts';
import { UndoStack } from '../../../adapter/undo.ts';
import {
  alone,
  firstLine,
  helperScript,
  hostsText,
  hostsToBe,
  noneWith,
  processesWith,
  silent,
  start,
} from '../helper.ts';
import { ownStateFolder } from '../script.ts';
import { ask, echo, serve } from '../processes/server.ts';
import { askAs, cluster, options } from './shop.ts';

const run = promisify(execFile);

/** Why there are no redirects to test here. */
function missing(): string | undefined {
  try {
    execFileSync('iptables', ['-w', '10', '-t', 'nat', '-S'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `iptables does not work here: ${(error as Error).message.trim()}`;
  }
}

const reason = missing();
const withIptables = (name: string, work: () => Promise<void>) =>
  reason === undefined ? test(name, () => alone(work)) : test.skip(`${name} (${reason})`, work);

/** The rules of the table, without the time and the counters that iptables-save adds. */
async function rules(): Promise<string> {
  const { stdout } = await run('iptables-save', ['-t', 'nat']);
  return stdout.replaceAll(/^#.*\n/gm, '').replaceAll(/\[\d+:\d+\]/g, '');
}

const service = (port: number): ClusterService => ({
  name: 'redirected-of-test',
  namespace: 'shop-of-test',
  host: 'redirected-of-test.shop-of-test.svc',
  ports: [{ port }],
});

/** Answers with its own name, whatever it is asked. */
const elsewhere = (socket: net.Socket) => void socket.end('elsewhere').resume();

withIptables('a listener on every address hid a service with the same port', async () => {
  // Somebody else's rules, which are there before and after.
  await run('iptables', ['-w', '10', '-t', 'nat', '-A', 'OUTPUT', '-d', '127.99.99.99', '-j', 'RETURN']);
  try {
    await using script = await helperScript();
    await using shop = await cluster();
    await using taken = await serve('0.0.0.0', elsewhere);
    const before = await rules();
    const undo = new UndoStack(new Log('test', '/dev/null'));
    let address = '';
    {
      await using administrator = await start(script);
      const settings = options(undo, {
        mode: 'hosts',
        ...shop,
        localPorts: [taken.port],
        administrator: () => Promise.resolve(administrator),
      });
      const { services } = await exposeServices([service(taken.port)], settings);
      expect(settings.warned).toEqual([]);
      expect(services).toMatchObject([{ ports: [{ port: taken.port, local: taken.port }] }]);
      address = services[0]?.address ?? '';
      expect(await readFile(script.hostsFile, 'utf8')).toContain(`${address} redirected-of-test`);
      expect(await ask(address, taken.port, 'the service')).toBe('the service');
      expect(await ask('127.0.0.1', taken.port, 'not the service')).toBe('elsewhere');
      expect(await rules()).not.toBe(before);
      await undo.undo();
      expect(await rules()).toBe(before);
    }
    expect(await ask(address, taken.port, 'nobody any more')).toBe('elsewhere');
    expect(await rules()).toBe(before);
    expect(await readFile(script.hostsFile, 'utf8')).toBe(hostsText);
  } finally {
    await run('iptables', ['-w', '10', '-t', 'nat', '-D', 'OUTPUT', '-d', '127.99.99.99', '-j', 'RETURN']);
  }
});

withIptables('a service kept the local process from a port that it opened later (EADDRINUSE)', async () => {
  await using script = await helperScript();
  await using shop = await cluster();
  await using administrator = await start(script);
  const undo = new UndoStack(new Log('test', '/dev/null'));
  const port = await (async () => {
    await using free = await serve('0.0.0.0', echo);
    return free.port;
  })();
  const settings = options(undo, {
    mode: 'hosts',
    ...shop,
    administrator: () => Promise.resolve(administrator),
  });
  const { services } = await exposeServices([service(port)], settings);
  await using local = await serve('0.0.0.0', elsewhere, port);
  expect(local.port).toBe(port);
  expect(await ask('127.0.0.1', port, 'not the service')).toBe('elsewhere');
  expect(await ask(services[0]?.address ?? '', port, 'the service')).toBe('the service');
  await undo.undo();
});

withIptables('a session that ends leaves the connections of another alone', async () => {
  await using script = await helperScript();
  await using one = await start(script, { session: 'test-one' });
  await using two = await start(script, { session: 'test-two' });
  await using listener = await serve('127.66.8.1', echo);
  const before = await rules();
  await one.redirect([{ address: '127.66.8.1', port: 80, to: listener.port }]);
  const socket = net.connect(80, '127.66.8.1');
  await once(socket, 'connect');
  await two.redirect([{ address: '127.66.8.3', port: 80, to: listener.port }]);
  await two.close();
  socket.write('still there');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toBe('still there');
  expect(await ask('127.66.8.1', 80, 'new')).toBe('new');
  socket.destroy();
  await one.redirect([]);
  expect(await rules()).toBe(before);
});

withIptables("redirected connections of one's own pass, those of another person do not", async () => {
  await using script = await helperScript();
  await using shop = await cluster();
  await using administrator = await start(script);
  const undo = new UndoStack(new Log('test', '/dev/null'));
  const settings = options(undo, {
    mode: 'hosts',
    ...shop,
    administrator: () => Promise.resolve(administrator),
  });
  const { services } = await exposeServices([service(8080)], settings);
  const address = services[0]?.address ?? '';
  const other = spawn('sleep', ['1000'], { uid: 12345, gid: 12345 });
  expect(await ask(address, 8080, 'own')).toBe('own');
  expect(await askAs(0, address, 8080)).toBe('hello');
  expect(await askAs(12345, address, 8080)).toBe('ECONNRESET');
  other.kill();
  await once(other, 'exit');
  await undo.undo();
});

/** An adapter that has redirected a port, and waits to be killed. */
const redirecting = (session: string) => `
  const administrator = await start({ session: '${session}', hostsFile: process.argv[2] });
  await administrator.writeHosts([{ address: '127.66.8.2', hostnames: ['redirected-of-test'] }]);
  await administrator.redirect([{ address: '127.66.8.2', port: 80, to: 8080 }, { address: '127.66.8.2', port: 81, to: 8081 }]);
  console.log('redirected');
  setInterval(() => undefined, 1e6);
`;

withIptables('redirects go at once when the adapter is killed with all it started', async () => {
  const session = `killed-${process.pid}`;
  await using script = await helperScript(redirecting(session));
  const before = await rules();
  const adapter = spawn(process.execPath, [script.path, script.hostsFile], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await firstLine(adapter)).toBe('redirected');
  expect(await rules()).toContain(`LPK8S-${session}`);
  if (adapter.pid === undefined) throw new Error('The adapter did not start.');
  process.kill(-adapter.pid, 'SIGKILL');
  // The names go last.
  await hostsToBe(script.hostsFile, hostsText);
  expect(await rules()).toBe(before);
  await noneWith(script.path);
});

withIptables('restore removes what adapter and helper left when both were killed', async () => {
  const session = `dead-${process.pid}`;
  await using script = await helperScript(redirecting(session));
  const [before, hosts] = [await rules(), await readFile('/etc/hosts')];
  const adapter = spawn(process.execPath, [script.path, '/etc/hosts'], { stdio: ['ignore', 'pipe', 'pipe'] });
  expect(await firstLine(adapter)).toBe('redirected');
  for (const pid of await processesWith(`${script.path} helper`)) process.kill(pid, 'SIGKILL');
  adapter.kill('SIGKILL');
  await noneWith(script.path);
  expect(await rules()).toContain(`LPK8S-${session}`);

  const state = await ownStateFolder();
  try {
    const journal = await Journal.begin({
      session,
      since: new Date().toISOString(),
      log: '/dev/null',
      target: 'web',
      cluster: { context: 'none', namespace: 'none', connectTimeoutSeconds: 1 },
      hosts: true,
    });
    await restore(journal, {
      mainScript: script.path,
      log: new Log('test', '/dev/null'),
      progress: silent,
      signal: new AbortController().signal,
    });
  } finally {
    await state[Symbol.asyncDispose]();
  }
  expect(await rules()).toBe(before);
  expect(await readFile('/etc/hosts')).toEqual(hosts);
  await noneWith(script.path);
});
