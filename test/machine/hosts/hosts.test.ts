import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readHosts, writeHostsBlock } from '../../../adapter/machine/hosts/hosts.ts';
import { temporaryFolder } from '../script.ts';

const entries = [{ address: '127.65.0.1', hostnames: ['redis', 'redis.shop'] }];
const original = '127.0.0.1 localhost\r\n::1 ip6-localhost';

async function hostsFile(folder: string, text = original): Promise<string> {
  const path = join(folder, 'hosts');
  await writeFile(path, text);
  return path;
}

test('writes and removes the block, keeping mode and owner, leaving nothing beside the file', async () => {
  await using folder = await temporaryFolder();
  const path = await hostsFile(folder.path);
  await chmod(path, 0o664);
  if (process.getuid?.() === 0) await chown(path, 12345, 54321);
  const before = await stat(path);
  await writeHostsBlock(path, 'one', entries);
  expect(await readFile(path, 'utf8')).toContain('127.65.0.1 redis redis.shop # localprocess-k8s one\r\n');
  expect(await stat(path)).toMatchObject({ mode: before.mode, uid: before.uid, gid: before.gid });
  expect(await readFile(`${path}.localprocess-k8s.bak`, 'utf8')).toBe(original);
  await writeHostsBlock(path, 'one', []);
  expect(await readFile(path, 'utf8')).toBe(original);
  expect(await readdir(folder.path)).toEqual(['hosts']);
});

test('follows symbolic links, and leaves them as they are', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'real'));
  const path = await hostsFile(join(folder.path, 'real'));
  await symlink('real/hosts', join(folder.path, 'relative'));
  await symlink(join(folder.path, 'relative'), join(folder.path, 'link'));
  await writeHostsBlock(join(folder.path, 'link'), 'one', entries);
  expect(await readFile(path, 'utf8')).toContain('localprocess-k8s one');
  await writeHostsBlock(join(folder.path, 'link'), 'one', []);
  expect(await readFile(path, 'utf8')).toBe(original);
  expect((await readdir(folder.path, { recursive: true })).sort()).toEqual([
    ...['link', 'real', 'real/hosts', 'relative'],
  ]);
  expect(await readlink(join(folder.path, 'link'))).toBe(join(folder.path, 'relative'));
  expect(await readlink(join(folder.path, 'relative'))).toBe('real/hosts');
});

test('a symbolic link that leads nowhere is an error, and stays', async () => {
  await using folder = await temporaryFolder();
  const link = join(folder.path, 'hosts');
  await symlink('nowhere', link);
  await expect(writeHostsBlock(link, 'one', entries)).rejects.toMatchObject({ code: 'hosts-unwritable' });
  expect(await readdir(folder.path)).toEqual(['hosts']);
  expect(await readlink(link)).toBe('nowhere');
});

test('a file that has several names keeps them', async () => {
  await using folder = await temporaryFolder();
  const path = await hostsFile(folder.path);
  await link(path, join(folder.path, 'another'));
  await writeHostsBlock(path, 'one', entries);
  expect(await readFile(join(folder.path, 'another'), 'utf8')).toBe(await readFile(path, 'utf8'));
  expect(await readFile(path, 'utf8')).toContain('localprocess-k8s one');
  await writeHostsBlock(path, 'one', []);
  expect(await readFile(join(folder.path, 'another'), 'utf8')).toBe(original);
  expect((await stat(path)).nlink).toBe(2);
  expect((await readdir(folder.path)).sort()).toEqual(['another', 'hosts']);
});

test("writers at the same time do not lose each other's blocks", async () => {
  await using folder = await temporaryFolder();
  const path = await hostsFile(folder.path);
  const sessions = Array.from({ length: 12 }, (_, index) => `session-${index}`);
  await Promise.all(sessions.map((session) => writeHostsBlock(path, session, entries)));
  const text = await readFile(path, 'utf8');
  for (const session of sessions) expect(text).toContain(`# localprocess-k8s ${session}`);
  await Promise.all(sessions.map((session) => writeHostsBlock(path, session, [])));
  expect(await readFile(path, 'utf8')).toBe(original);
  expect(await readdir(folder.path)).toEqual(['hosts']);
});

test('breaks the lock of a process that is gone', async () => {
  await using folder = await temporaryFolder();
  const path = await hostsFile(folder.path);
  const ended = spawn(process.execPath, ['-e', '']);
  await once(ended, 'exit');
  await writeFile(`${path}.localprocess-k8s.lock`, String(ended.pid));
  await writeHostsBlock(path, 'one', entries);
  expect(await readFile(path, 'utf8')).toContain('localprocess-k8s one');
});

test('names the file and the reason when it cannot be written', async () => {
  await expect(writeHostsBlock('/nonexistent/hosts', 'one', entries)).rejects.toMatchObject({
    code: 'hosts-unwritable',
    message: expect.stringContaining('"/nonexistent/hosts"') as unknown,
  });
});

test("tells the user's own names from those of sessions", async () => {
  await using folder = await temporaryFolder();
  const path = await hostsFile(folder.path, '127.0.0.1 localhost  Here # not.this\n10.0.0.1\tdb db.corp\n');
  await writeHostsBlock(path, 'one', entries);
  const names = readHosts(path);
  expect([...names.own]).toEqual(['localhost', 'here', 'db', 'db.corp']);
  expect([...names.sessions]).toEqual([
    ['redis', 'one'],
    ['redis.shop', 'one'],
  ]);
});
