import { once } from 'node:events';
import { lstat, mkdir, open, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { isWhole, swapIn } from '../../../adapter/machine/volumes/swap.ts';
import { startAgent } from '../../agent/agentProcess.ts';
import { temporaryFolder } from '../script.ts';
import { show } from './kubelet.ts';
import { listing, mountOf, volumeSession } from './session.ts';

/** Resolves when a copy shows this data. */
async function shows(copy: string, data: string): Promise<void> {
  while ((await readlink(join(copy, '..data'))) !== data) await pause(5);
}

/** Resolves when a copy is as its original, links and all. */
async function isAs(copy: string, original: string): Promise<void> {
  const sorted = async (folder: string) => {
    const found = await listing(folder).catch(() => ({ [folder]: 'is being changed' }));
    return JSON.stringify(Object.entries(found).sort());
  };
  while ((await sorted(copy)) !== (await sorted(original))) await pause(5);
}

test('what the kubelet replaces is replaced here: the same files, links and modes', async () => {
  await using pod = await temporaryFolder();
  const settings = join(pod.path, 'settings');
  await mkdir(settings);
  await show(settings, { color: 'red', 'sub/deep/file': 'one', gone: 'x' });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(settings)]);
  const copy = mounts[0]?.folder ?? '';
  const opened = await lstat(copy);
  expect(await listing(copy)).toEqual(await listing(settings));
  for (const color of ['green', 'blue']) {
    await show(settings, { color, 'sub/deep/file': color, fresh: 'y' });
    await isAs(copy, settings);
    expect(await readFile(join(copy, 'color'), 'utf8')).toBe(color);
  }
  // The folder is the one that it was: whoever has it open or mounted sees the change.
  expect((await lstat(copy)).ino).toBe(opened.ino);
  expect(session.warned).toEqual([]);
});

test('a secret that is replaced stays as closed as it was', async () => {
  await using pod = await temporaryFolder();
  const keys = join(pod.path, 'keys');
  await mkdir(keys);
  await show(keys, { key: 'one' });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { binds } = await session.copy([mountOf(keys, { secret: true })]);
  const copy = binds[0]?.from ?? '';
  const data = await show(keys, { key: 'two' });
  await shows(copy, data);
  // The old data goes after it was replaced.
  while ((await readdir(copy)).sort().join(' ') !== `${['..data', data].sort().join(' ')} key`)
    await pause(5);
  const found = Object.values(await listing(copy)).filter((each) => /^(file|folder)/.test(each));
  expect(found.map((each) => each.split(' ').slice(0, 2).join(' ')).sort()).toEqual(
    expect.arrayContaining(['file 600', 'folder 700']),
  );
  expect(found.every((each) => /^(file 600|folder 700)/.test(each))).toBe(true);
});

test('no reader sees half of a change', async () => {
  await using pod = await temporaryFolder();
  const settings = join(pod.path, 'settings');
  await mkdir(settings);
  const files = (n: number) =>
    Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`file${i}`, String(n).repeat(5000)]));
  await show(settings, files(0));
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(settings)]);
  const copy = mounts[0]?.folder ?? '';
  let last = '';
  let reads = 0;
  const seen = new Set<string>();
  const read = async () => {
    // As programs do that want all files of one version: by the link's target.
    while (last === '' || (await readlink(join(copy, '..data'))) !== last) {
      const data = join(copy, await readlink(join(copy, '..data')));
      const texts = await Promise.all(
        ['file0', 'file19'].map((name) => readFile(join(data, name), 'utf8')),
      ).catch((error: unknown) => {
        // Removed as the kubelet removes it: after the link has gone to another.
        expect((error as NodeJS.ErrnoException).code).toBe('ENOENT');
        return [];
      });
      const plain = await readFile(join(copy, 'file7'), 'utf8').catch((error: unknown) => {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOENT');
        return undefined;
      });
      if (plain !== undefined) expect(plain).toMatch(/^(\d)\1{4999}$/);
      expect(texts[0]).toBe(texts[1]);
      for (const text of texts) seen.add(text.slice(0, 1));
      reads++;
    }
  };
  const reading = read();
  for (let n = 1; n < 10; n++) {
    const data = await show(settings, files(n));
    await shows(copy, data);
    if (n === 9) last = data;
  }
  await reading;
  expect(reads).toBeGreaterThan(10);
  expect(seen.size).toBeGreaterThan(1);
});

test('changes that come while the tunnel is away are made up for', async () => {
  await using pod = await temporaryFolder();
  const settings = join(pod.path, 'settings');
  await mkdir(settings);
  await show(settings, { color: 'red' });
  await using agent = await startAgent();
  const ways: Socket[] = [];
  let gate = Promise.resolve();
  const tunnel = await agent.tunnel({
    holdSeconds: 0.05,
    open: async (signal) => {
      await gate;
      const socket = await agent.open(signal);
      ways.push(socket);
      return socket;
    },
  });
  await using session = await volumeSession(tunnel);
  const { mounts } = await session.copy([mountOf(settings)]);
  const copy = mounts[0]?.folder ?? '';
  let open: (() => void) | undefined;
  gate = new Promise((resolve) => (open = resolve));
  const lost = once(tunnel, 'lost');
  for (const way of ways) way.destroy();
  await lost;
  const data = await show(settings, { color: 'blue' });
  open?.();
  await shows(copy, data);
  expect(await readFile(join(copy, 'color'), 'utf8')).toBe('blue');
  await shows(copy, await show(settings, { color: 'green' }));
});

test('a refresh that fails is said once, and made up for at the next change', async () => {
  await using pod = await temporaryFolder();
  const settings = join(pod.path, 'settings');
  await mkdir(settings);
  await show(settings, { color: 'red' });
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  let reads = 0;
  let failed: (() => void) | undefined;
  const failures = new Promise<void>((resolve) => (failed = resolve));
  await using session = await volumeSession({
    volume: (request, signal) => {
      reads++;
      if (reads === 3) failed?.();
      return reads === 1 || reads > 3 ? tunnel.volume(request, signal) : Promise.reject(new Error('No.'));
    },
    volumeChanges: (...all) => tunnel.volumeChanges(...all),
  });
  const { mounts } = await session.copy([mountOf(settings)]);
  const copy = mounts[0]?.folder ?? '';
  const first = await show(settings, { color: 'green' });
  while (session.warned.length === 0) await once(session.events, 'warn');
  await show(settings, { color: 'yellow' });
  await failures;
  expect(await readlink(join(copy, '..data'))).not.toBe(first);
  const data = await show(settings, { color: 'blue' });
  await shows(copy, data);
  expect(session.warned).toHaveLength(1);
  expect(session.warned[0]).toContain('"settings"');
});

test('a change that comes while a volume is read first leaves no half of it', async () => {
  await using pod = await temporaryFolder();
  const settings = join(pod.path, 'settings');
  await mkdir(settings);
  await show(settings, { color: 'red' });
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  let reads = 0;
  await using session = await volumeSession({
    volume: async (request, signal) => {
      const { size, parts } = await tunnel.volume(request, signal);
      if (++reads > 1) return { size, parts };
      // The link as it was after the change, the data as it was before.
      const torn = (async function* () {
        for await (const part of parts)
          yield 'entry' in part && part.entry.type === 'link' && part.entry.path === '..data'
            ? { entry: { ...part.entry, target: '..another' } }
            : part;
      })();
      return { size, parts: torn };
    },
    volumeChanges: (...all) => tunnel.volumeChanges(...all),
  });
  const { mounts } = await session.copy([mountOf(settings)]);
  expect(reads).toBe(2);
  expect(await readFile(join(mounts[0]?.folder ?? '', 'color'), 'utf8')).toBe('red');
});

test('data that leads out of a volume is never followed', async () => {
  await using parent = await temporaryFolder();
  const [fresh, copy, outside] = ['fresh', 'copy', 'outside'].map((name) => join(parent.path, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [fresh, copy, outside]) await mkdir(folder);
  await writeFile(join(outside, 'file'), 'kept');
  await show(copy, { color: 'red' });
  await symlink('../outside', join(fresh, '..data'));
  await expect(swapIn(fresh, copy)).rejects.toThrow('../outside');
  await rm(join(copy, '..data'));
  await symlink('../outside', join(copy, '..data'));
  await rm(join(fresh, '..data'));
  await show(fresh, { color: 'blue' });
  await expect(swapIn(fresh, copy)).rejects.toThrow('../outside');
  expect(await readFile(join(outside, 'file'), 'utf8')).toBe('kept');
  expect(await isWhole(fresh)).toBe(true);
});

test('a volume that the kubelet does not replace is left as it was copied', async () => {
  await using pod = await temporaryFolder();
  const [plain, settings] = [join(pod.path, 'plain'), join(pod.path, 'settings')];
  await mkdir(plain);
  await mkdir(settings);
  await writeFile(join(plain, 'file'), 'one');
  await show(settings, { color: 'red' });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(plain), mountOf(settings)]);
  await writeFile(join(plain, 'file'), 'two');
  await shows(mounts[1]?.folder ?? '', await show(settings, { color: 'blue' }));
  expect(await readFile(join(mounts[0]?.folder ?? '', 'file'), 'utf8')).toBe('one');
});

test('a folder that a program keeps open shows the change', async () => {
  await using pod = await temporaryFolder();
  const settings = join(pod.path, 'settings');
  await mkdir(settings);
  await show(settings, { color: 'red' });
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  const { mounts } = await session.copy([mountOf(settings)]);
  const copy = mounts[0]?.folder ?? '';
  await using folder = await open(copy, 'r');
  await shows(copy, await show(settings, { color: 'blue', more: 'x' }));
  await isAs(copy, settings);
  const through = `/proc/self/fd/${folder.fd}`;
  expect(await readFile(join(through, 'color'), 'utf8')).toBe('blue');
  expect(await readdir(through)).toContain('more');
});
