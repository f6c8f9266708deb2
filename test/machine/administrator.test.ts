import { spawn, type ChildProcess } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readdir, readFile, writeFile, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  alone,
  firstLine,
  helperScript,
  hostsText,
  hostsToBe,
  noneWith,
  ordinaryUser,
  processesWith,
  silent,
  start,
} from './helper.ts';
import { ask, echo } from './processes/server.ts';

const hosts = '/etc/hosts';
const entries = [
  { address: '127.66.7.1', hostnames: ['redis-of-test', 'redis-of-test.shop.svc.cluster.local'] },
];
const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

asRoot("maps names in the system's hosts file, and gives it back to the byte", () =>
  alone(async () => {
    await using script = await helperScript();
    const before = await readFile(hosts);
    const beside = await readdir('/etc');
    {
      await using administrator = await start(script, { hostsFile: hosts });
      await administrator.writeHosts(entries);
      expect(await lookup('redis-of-test')).toMatchObject({ address: '127.66.7.1' });
      await administrator.writeHosts([]);
      expect(await readFile(hosts)).toEqual(before);
      await administrator.writeHosts(entries);
    }
    expect(await readFile(hosts)).toEqual(before);
    expect(await readdir('/etc')).toEqual(beside);
    await noneWith(script.path);
  }),
);

asRoot('undoes everything at once when the adapter is killed with all it started', async () => {
  await using script = await helperScript(`
    const administrator = await start({ session: 'killed-${process.pid}', hostsFile: process.argv[2] });
    await administrator.writeHosts(${JSON.stringify(entries)});
    console.log('written');
    setInterval(() => undefined, 1e6);
  `);
  const adapter = spawn(process.execPath, [script.path, script.hostsFile], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await firstLine(adapter)).toBe('written');
  expect(await readFile(script.hostsFile, 'utf8')).toContain('redis-of-test');
  if (adapter.pid === undefined) throw new Error('The adapter did not start.');
  // As editors do: the process group. The helper is in none of the adapter's, nor is it its child.
  process.kill(-adapter.pid, 'SIGKILL');
  await hostsToBe(script.hostsFile, hostsText);
  await noneWith(script.path);
});

asRoot('signals of a terminal do not end the helper', async () => {
  await using script = await helperScript();
  await using administrator = await start(script);
  const helpers = await processesWith(`${script.path} helper`);
  expect(helpers).toHaveLength(1);
  for (const pid of helpers) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(pid, signal);
  }
  await administrator.writeHosts(entries);
  await administrator.close();
  expect(await readFile(script.hostsFile, 'utf8')).toBe(hostsText);
});

asRoot('a helper that is killed is reported, and restored by the next of that session', async () => {
  await using script = await helperScript();
  await using administrator = await start(script);
  await administrator.writeHosts(entries);
  for (const pid of await processesWith(`${script.path} helper`)) process.kill(pid, 'SIGKILL');
  await noneWith(`${script.path} helper`);
  await expect(administrator.writeHosts([])).rejects.toMatchObject({ code: 'hosts-unwritable' });
  await using next = await start(script);
  await next.writeHosts([]);
  expect(await readFile(script.hostsFile, 'utf8')).toBe(hostsText);
});

asRoot('refuses what is not its business, and goes on', async () => {
  await using script = await helperScript();
  await using administrator = await start(script);
  for (const entry of [
    { address: '127.66.7.1', hostnames: ['localhost'] },
    { address: '10.0.0.1', hostnames: ['redis'] },
    { address: '127.66.7.1', hostnames: ['a\n10.0.0.1 b'] },
  ]) {
    await expect(administrator.writeHosts([entry])).rejects.toMatchObject({ code: 'hosts-unwritable' });
  }
  await expect(administrator.redirect([{ address: '127.0.0.1', port: 80, to: 8080 }])).rejects.toThrow(
    "only of services' addresses",
  );
  await expect(administrator.bind('0.0.0.0', 80, echo)).rejects.toThrow('only on 127.0.0.0/8');
  await expect(administrator.bind('127.66.7.1', 8080, echo)).rejects.toThrow('only below 1024');
  expect(await readFile(script.hostsFile, 'utf8')).toBe(hostsText);
});

test('what the rights are for is said before the system asks for them', async () => {
  await using script = await helperScript();
  const order: string[] = [];
  const open = () => {
    order.push('the prompt');
    return Promise.reject(new Error('the user pressed Cancel'));
  };
  const refused = start(script, {
    way: { name: 'pkexec', prompts: true, aliases: false, open },
    progress: { ...silent, step: (title) => void order.push(title) },
  });
  await expect(refused).rejects.toMatchObject({ code: 'administrator-refused' });
  expect(order).toEqual([
    'Administrator rights are needed to write the hosts file: your system asks for them now (pkexec)',
    'the prompt',
  ]);
});

/** What an adapter does as an ordinary user: everything that needs rights, in one run; prints what it found as JSON. */
const ordinaryAdapter = `
  const found = {};
  try {
    const administrator = await start({ session: 'ordinary', hostsFile: process.argv[2] });
    await administrator.writeHosts(${JSON.stringify(entries)});
    const server = await administrator.bind('127.66.7.2', 81, (socket) => { socket.pipe(socket); });
    found.listening = server.address();
    await administrator.bind('127.66.7.2', 81, () => undefined).catch((error) => (found.twice = error.code));
    console.log(JSON.stringify(found));
    process.stdin.once('data', async () => {
      server.close();
      await administrator.close();
      process.exit(0);
    });
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }));
    process.exit(1);
  }
`;

async function asOrdinary(
  rule: string | undefined,
  env: (folder: string, name: string) => Promise<NodeJS.ProcessEnv>,
  check: (found: Record<string, unknown>, adapter: ChildProcess, hostsFile: string) => Promise<void>,
): Promise<void> {
  await using script = await helperScript(ordinaryAdapter);
  await using user = await ordinaryUser(rule);
  const { hostsFile } = script;
  const adapter = spawn(process.execPath, [script.path, hostsFile], {
    uid: user.uid,
    gid: user.gid,
    env: { PATH: process.env.PATH, ...(await env(dirname(hostsFile), user.name)) },
    stdio: 'pipe',
  });
  const ended = once(adapter, 'exit');
  await check(JSON.parse(await firstLine(adapter)) as Record<string, unknown>, adapter, hostsFile);
  await ended;
  await noneWith(script.path);
  expect(await readFile(hostsFile, 'utf8')).toBe(hostsText);
}

asRoot('an ordinary user gets names and low ports through sudo, and they end with the adapter', async () => {
  await asOrdinary(
    'ALL=(root) NOPASSWD: ALL',
    () => Promise.resolve({}),
    async (found, adapter, hostsFile) => {
      expect(found).toEqual({
        listening: { address: '127.66.7.2', family: 'IPv4', port: 81 },
        twice: 'EADDRINUSE',
      });
      expect(await readFile(hostsFile, 'utf8')).toContain('127.66.7.1 redis-of-test');
      expect(await ask('127.66.7.2', 81, 'through')).toBe('through');
      adapter.kill('SIGKILL');
      await once(adapter, 'exit');
      expect(await ask('127.66.7.2', 81, 'gone')).toBe('ECONNREFUSED');
    },
  );
});

asRoot('an ordinary user gets them with a password, too, and gives them back at the end', async () => {
  await asOrdinary(
    'ALL=(root) ALL',
    async (folder, name) => {
      const change = spawn('chpasswd', { stdio: ['pipe', 'ignore', 'inherit'] });
      change.stdin.end(`${name}:the word\n`);
      await once(change, 'exit');
      const askpass = join(folder, 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho "the word"\n');
      await chmod(askpass, 0o755);
      return { SUDO_ASKPASS: askpass };
    },
    async (found, adapter) => {
      expect(found).toHaveProperty('listening.port', 81);
      adapter.stdin?.write('end\n');
      await once(adapter, 'exit');
    },
  );
});

asRoot('a prompt that is closed is a refusal that names the way without', async () => {
  await asOrdinary(
    'ALL=(root) ALL',
    () => Promise.resolve({ SUDO_ASKPASS: '/bin/false' }),
    (found) => {
      expect(found).toMatchObject({ code: 'administrator-refused' });
      expect(found.message).toContain('"useKubernetesServiceEnvironmentVariables": true');
      return Promise.resolve();
    },
  );
});

asRoot('without any way to rights the message names one', async () => {
  await asOrdinary(
    undefined,
    () => Promise.resolve({}),
    (found) => {
      expect(found).toMatchObject({ code: 'administrator-refused' });
      expect(found.message).toContain('SUDO_ASKPASS');
      return Promise.resolve();
    },
  );
});

asRoot('a cancelled start leaves no helper', async () => {
  await using script = await helperScript();
  const stop = new AbortController();
  const starting = start(script, { signal: stop.signal });
  setImmediate(() => stop.abort(new Error('cancelled')));
  await expect(starting).rejects.toThrow('cancelled');
  await noneWith(script.path);
});

asRoot('ports are handed over, not relayed: a reset arrives as a reset', async () => {
  await using script = await helperScript();
  await using administrator = await start(script);
  const server = await administrator.bind('127.66.7.3', 82, (socket) => socket.resetAndDestroy());
  expect(await ask('127.66.7.3', 82, 'x')).toBe('ECONNRESET');
  await new Promise((resolve) => server.close(resolve));
  expect(await ask('127.66.7.3', 82, 'x')).toBe('ECONNREFUSED');
});
