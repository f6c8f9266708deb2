import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, test } from '@jest/globals';
import { startAgent } from '../../agent/agentProcess.ts';
import { temporaryFolder } from '../script.ts';
import { listing, mountOf, volumeSession } from './session.ts';

const isRoot = process.getuid?.() === 0;

test('bytes, modes, symbolic links, empty folders and names with spaces arrive as they are', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(join(data, 'a folder', 'empty one'), { recursive: true });
  await mkdir(join(data, 'new\nline "quoted" ünïcode'));
  await writeFile(join(data, 'a folder', 'with spaces'), 'two words');
  await writeFile(join(data, 'empty'), '');
  await writeFile(join(data, 'bytes'), Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 256)));
  await writeFile(join(data, 'run me'), '#!/bin/sh\n', { mode: 0o755 });
  await chmod(join(data, 'bytes'), 0o440);
  await chmod(join(data, 'a folder', 'empty one'), 0o2775);
  await chmod(join(data, 'a folder'), 0o555);
  await chmod(data, 0o1777);
  await symlink('a folder/with spaces', join(data, 'relative'));
  await symlink('/etc/passwd', join(data, 'absolute'));
  await symlink('../../..', join(data, 'outside'));
  await symlink('nowhere', join(data, 'dangling'));
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts, environment, binds } = await session.copy([mountOf(data)]);
  const folder = join(session.folder, 'volumes', 'DATA');
  expect(mounts).toMatchObject([{ name: 'DATA', folder }]);
  expect(environment).toEqual({ LOCALPROCESS_VOLUME_DATA: folder });
  expect(binds).toEqual([{ from: folder, to: '/mnt/data' }]);
  const there = await listing(data);
  expect(Object.keys(there)).toHaveLength(12);
  expect(await listing(folder)).toEqual(there);
  expect(session.warned).toEqual([]);
  await session.end();
  expect(existsSync(session.folder)).toBe(false);
  expect((await readFile('/etc/passwd')).length).toBeGreaterThan(0);
});

test('a name that is no text (not UTF-8) arrives byte by byte', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  const odd = Buffer.concat([Buffer.from(`${data}/`), Buffer.from([0xff, 0xe4, 0x20, 0x0a])]);
  await writeFile(odd, 'odd');
  await symlink(Buffer.from([0xfe, 0xff]), `${data}/link`);
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(data)]);
  const folder = mounts[0]?.folder ?? '';
  expect((await readdir(folder, { encoding: 'buffer' })).map((name) => name.toString('hex')).sort()).toEqual(
    ['6c696e6b', 'ffe4200a'].sort(),
  );
  expect(await readlink(join(folder, 'link'), { encoding: 'hex' })).toBe('feff');
});

test('a file alone is mounted (subPath): its copy has its name', async () => {
  await using pod = await temporaryFolder();
  await writeFile(join(pod.path, 'settings.json'), '{}', { mode: 0o640 });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const mount = mountOf(join(pod.path, 'settings.json'), {
    volume: 'config',
    mountPath: '/app/settings.json',
  });
  const { environment, binds } = await session.copy([mount, { ...mount, mountPath: '/app/again.json' }]);
  const path = join(session.folder, 'volumes', 'CONFIG', 'settings.json');
  expect(environment).toEqual({
    LOCALPROCESS_VOLUME_CONFIG: path,
    LOCALPROCESS_VOLUME_CONFIG_2: join(session.folder, 'volumes', 'CONFIG_2', 'again.json'),
  });
  expect(await readFile(path, 'utf8')).toBe('{}');
  expect((await lstat(path)).mode & 0o777).toBe(0o640);
  expect(binds).toContainEqual({ from: path, to: '/app/settings.json' });
});

test('what is mounted in another volume is copied once, as what it is', async () => {
  await using pod = await temporaryFolder();
  const [outer, inner] = [join(pod.path, 'outer'), join(pod.path, 'outer', 'in', 'inner')];
  await mkdir(inner, { recursive: true });
  await writeFile(join(outer, 'plain'), 'plain');
  await writeFile(join(inner, 'key'), 'secret');
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([
    mountOf(outer, { without: ['in/inner'] }),
    mountOf(inner, { secret: true, mountPath: '/mnt/outer/in/inner' }),
  ]);
  const [first, second] = mounts.map(({ folder }) => folder) as [string, string];
  expect(Object.keys(await listing(first)).sort()).toEqual(['', 'in', 'in/inner', 'plain']);
  expect(await readFile(join(second, 'key'), 'utf8')).toBe('secret');
});

test("secrets are their user's alone, in memory where there is such a folder, and gone at the end", async () => {
  await using pod = await temporaryFolder();
  const keys = join(pod.path, 'keys');
  await mkdir(join(keys, 'sub'), { recursive: true });
  await writeFile(join(keys, 'sub', 'key'), 'secret', { mode: 0o644 });
  await writeFile(join(keys, 'run'), 'secret', { mode: 0o755 });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts, binds } = await session.copy([
    mountOf(keys, { secret: true }),
    mountOf(pod.path, { volume: 'plain', without: ['keys'] }),
  ]);
  const visible = mounts[0]?.folder ?? '';
  expect(visible).toBe(join(session.folder, 'volumes', 'KEYS'));
  const real = binds.find(({ to }) => to === '/mnt/keys')?.from ?? '';
  expect(await readlink(visible)).toBe(real);
  expect(execFileSync('stat', ['-f', '-c', '%T', real], { encoding: 'utf8' }).trim()).toBe('tmpfs');
  const secret = Buffer.from('secret').toString('base64');
  expect(await listing(real)).toEqual({
    '': 'folder 700',
    sub: 'folder 700',
    'sub/key': `file 600 ${secret}`,
    run: `file 700 ${secret}`,
  });
  expect(JSON.stringify([session.said, session.warned])).not.toContain('secret');
  expect(session.said.join()).toContain('keys');
  await session.end();
  expect([session.folder, real, join(real, '..')].map(existsSync)).toEqual([false, false, false]);
});

test('a file that the user of the container cannot read, and a special one, are left out and said', async () => {
  await using pod = await temporaryFolder();
  await chmod(pod.path, 0o755);
  const data = join(pod.path, 'data');
  await mkdir(join(data, 'closed'), { recursive: true });
  await writeFile(join(data, 'private'), 'private', { mode: 0o000 });
  await writeFile(join(data, 'public'), 'public', { mode: 0o644 });
  await chmod(join(data, 'closed'), 0o000);
  execFileSync('mkfifo', [join(data, 'pipe')]);
  await using agent = await startAgent({}, {}, isRoot ? 65_534 : undefined);
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(data)]);
  expect(session.warned).toHaveLength(1);
  for (const words of [
    '"private" (EACCES)',
    '"closed" (EACCES)',
    '"pipe" (a socket, named pipe or device)',
    '"data" at "/mnt/data"',
  ])
    expect(session.warned[0]).toContain(words);
  expect((await readdir(mounts[0]?.folder ?? '')).sort()).toEqual(['closed', 'public']);
});

test('a file that changes its size while it is read does not corrupt what follows', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  const big = join(data, 'a');
  await writeFile(big, Buffer.alloc(8 * 1024 * 1024, 'a'));
  for (const name of ['b', 'c', 'd']) await writeFile(join(data, name), name);
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  const end = new AbortController();
  const changing = (async () => {
    while (!end.signal.aborted) {
      await appendFile(big, Buffer.alloc(300_000, 'b'));
      await writeFile(big, Buffer.alloc(4 * 1024 * 1024, 'c'));
    }
  })();
  for (let round = 0; round < 5; round++) {
    await using session = await volumeSession(tunnel);
    const { mounts } = await session.copy([mountOf(data)]);
    const folder = mounts[0]?.folder ?? '';
    for (const name of ['b', 'c', 'd']) expect(await readFile(join(folder, name), 'utf8')).toBe(name);
    expect((await readFile(join(folder, 'a'))).toString()).toMatch(/^[abc]*$/);
  }
  end.abort();
  await changing;
});

test('a large volume is streamed: neither end holds it', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  const mebibytes = 500;
  const made = ['if=/dev/urandom', `of=${data}/large`, 'bs=1M', `count=${mebibytes}`];
  execFileSync('dd', made, { stdio: 'ignore' });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const before = process.memoryUsage().rss;
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  const { mounts } = await session.copy([mountOf(data)], { maxSize: '1Gi' });
  clearInterval(watching);
  // Windows, and buffers that are garbage but not collected yet, are some: held, it would be all of it.
  expect(most - before).toBeLessThan((mebibytes / 2) * 1024 * 1024);
  const hash = async (path: string) => {
    const sum = createHash('sha256');
    await pipeline(createReadStream(path), sum);
    return sum.digest('hex');
  };
  expect(await hash(join(mounts[0]?.folder ?? '', 'large'))).toBe(await hash(join(data, 'large')));
});

test('too large: the error names the mount and its size, offers include and exclude, and nothing stays', async () => {
  await using pod = await temporaryFolder();
  const [small, large] = [join(pod.path, 'small'), join(pod.path, 'large')];
  await mkdir(small);
  await mkdir(large);
  await writeFile(join(small, 'file'), Buffer.alloc(1000));
  await writeFile(join(large, 'file'), Buffer.alloc(3 * 1024 * 1024));
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  await using session = await volumeSession(tunnel);
  const mounts = [mountOf(small), mountOf(large)];
  const failure = session.copy(mounts, { maxSize: '2Mi' });
  await expect(failure).rejects.toMatchObject({ code: 'volumes-too-large', attribute: 'volumes.maxSize' });
  const { message } = (await failure.catch((error: unknown) => error)) as Error;
  for (const words of [
    '"large" at "/mnt/large" has 3 MiB',
    '"exclude": ["large"]',
    '"volumes.include"',
    '"volumes.maxSize" is 2 MiB',
  ])
    expect(message).toContain(words);
  expect(await readdir(session.folder)).toEqual([]);
  const { mounts: copied } = await session.copy(mounts, { maxSize: '2Mi', exclude: ['large'] });
  expect(copied.map(({ name }) => name)).toEqual(['SMALL']);
});

test('a volume that grows past the limit while it is read is cut', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  await writeFile(join(data, 'file'), Buffer.alloc(3 * 1024 * 1024));
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  await using session = await volumeSession({
    // The size that was told is not the size that came.
    volume: async (request, signal) => ({
      ...(await tunnel.volume(request, signal)),
      size: { bytes: 1, more: false },
    }),
    volumeChanges: (...all) => tunnel.volumeChanges(...all),
  });
  await expect(session.copy([mountOf(data)], { maxSize: '2Mi' })).rejects.toMatchObject({
    code: 'volumes-too-large',
    message: expect.stringContaining('"data" at "/mnt/data"') as unknown,
  });
});

test('a pattern that chooses nothing is said once, with what there is', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(data)], {
    include: ['data', 'typo'],
    exclude: ['/nowhere/*'],
  });
  expect(mounts).toHaveLength(1);
  expect(session.warned).toHaveLength(2);
  expect(session.warned[0]).toContain('"typo"');
  expect(session.warned[0]).toContain('"data" at "/mnt/data"');
  expect(session.warned[1]).toContain('"/nowhere/*"');
});

test('a tunnel that breaks while a volume is read: it is read again', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  await writeFile(join(data, 'file'), Buffer.alloc(20 * 1024 * 1024, 'x'));
  await using agent = await startAgent();
  const tunnel = await agent.tunnel({
    open: async (signal) => {
      const socket = await agent.open(signal);
      ways.push(socket);
      return socket;
    },
  });
  await using session = await volumeSession({
    volume: async (request, signal) => {
      const volume = await tunnel.volume(request, signal);
      if (ways.length === 1) ways[0]?.destroy();
      return volume;
    },
    volumeChanges: (...all) => tunnel.volumeChanges(...all),
  });
  const { mounts } = await session.copy([mountOf(data)]);
  expect(ways.length).toBeGreaterThan(1);
  expect((await lstat(join(mounts[0]?.folder ?? '', 'file'))).size).toBe(20 * 1024 * 1024);
});
const ways: { destroy(): void }[] = [];

test('a mount that is not there, and an agent that is not: an error that names it', async () => {
  await using agent = await startAgent();
  const tunnel = await agent.tunnel({ holdSeconds: 0.1 });
  await using session = await volumeSession(tunnel);
  const { mounts } = await session.copy([mountOf('/nowhere/at/all')]);
  expect(await readdir(mounts[0]?.folder ?? '')).toEqual([]);
  await tunnel.close();
  await using other = await volumeSession(tunnel);
  await expect(other.copy([mountOf('/etc/hosts')])).rejects.toMatchObject({
    code: 'volume-unreadable',
    message: expect.stringContaining('"hosts" at "/mnt/hosts"') as unknown,
  });
});
