import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { readHosts, writeHostsBlock } from '../../adapter/machine/hosts.ts';
import { bundle, temporaryFolder } from './script.ts';

const run = promisify(execFile);
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

test('follows a symbolic link', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'real'));
  const path = await hostsFile(join(folder.path, 'real'));
  const link = join(folder.path, 'link');
  await symlink(path, link);
  await writeHostsBlock(link, 'one', entries);
  expect(await readFile(path, 'utf8')).toContain('localprocess-k8s one');
  await writeHostsBlock(link, 'one', []);
  expect((await readdir(folder.path)).sort()).toEqual(['link', 'real']);
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

/** Writes a block, killing itself before the Nth step on the file system; ends normally when there are fewer steps. */
const dyingWriter = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { writeHostsBlock } from './hosts.ts';
const [path, step, action] = process.argv.slice(2);
let steps = 0;
const counted = (object) => {
  for (const name of Object.getOwnPropertyNames(object)) {
    const original = Object.getOwnPropertyDescriptor(object, name).value;
    if (typeof original !== 'function' || name === 'constructor') continue;
    object[name] = function (...args) {
      if (++steps === Number(step)) process.kill(process.pid, 'SIGKILL');
      return original.apply(this, args);
    };
  }
};
const handle = await fs.promises.open(path);
await handle.close();
counted(Object.getPrototypeOf(handle));
counted(fs.promises);
syncBuiltinESMExports();
await writeHostsBlock(path, 'one', action === 'add' ? [{ address: '127.65.0.1', hostnames: ['redis'] }] : []);
`;

test.each(['add', 'remove'])(
  'a crash between any two steps (%s) leaves the old file or the new one',
  async (action) => {
    await using folder = await temporaryFolder();
    const script = join(folder.path, 'writer.mjs');
    await bundle(dyingWriter, script);
    const place = join(folder.path, 'etc');
    await mkdir(place);
    const path = await hostsFile(place);
    await writeHostsBlock(path, 'one', [{ address: '127.65.0.1', hostnames: ['redis'] }]);
    const mapped = await readFile(path, 'utf8');
    const texts = { old: action === 'add' ? original : mapped, new: action === 'add' ? mapped : original };

    const seen = new Set<string>();
    let crashes = 0;
    for (let step = 1; ; step++) {
      await writeHostsBlock(
        path,
        'one',
        action === 'add' ? [] : [{ address: '127.65.0.1', hostnames: ['redis'] }],
      );
      expect(await readFile(path, 'utf8')).toBe(texts.old);
      const crashed = await run(process.execPath, [script, path, String(step), action]).then(
        () => false,
        (error: unknown) => (error as { signal?: string }).signal === 'SIGKILL',
      );
      const text = await readFile(path, 'utf8');
      expect([texts.old, texts.new]).toContain(text);
      seen.add(text);
      if (!crashed) break;
      crashes++;
    }
    expect(crashes).toBeGreaterThan(10);
    expect(seen.size).toBe(2);
    expect(await readFile(path, 'utf8')).toBe(texts.new);
    await writeHostsBlock(path, 'one', []);
    expect(await readFile(path, 'utf8')).toBe(original);
    expect(await readdir(place)).toEqual(['hosts']);
  },
);

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

(mayMount ? test : test.skip)('writes in place where the file is a mount of its own', async () => {
  await using folder = await temporaryFolder();
  const path = await hostsFile(folder.path);
  const script = join(folder.path, 'writer.mjs');
  await bundle(
    `import { writeHostsBlock } from './hosts.ts';
     import { readFileSync } from 'node:fs';
     await writeHostsBlock(process.argv[2], 'one', ${JSON.stringify(entries)});
     const written = readFileSync(process.argv[2], 'utf8');
     await writeHostsBlock(process.argv[2], 'one', []);
     process.stdout.write(JSON.stringify({ written, restored: readFileSync(process.argv[2], 'utf8') }));`,
    script,
  );
  // The mount is seen inside this mount namespace alone, and ends with it.
  const { stdout } = await run('unshare', [
    ...['-m', 'sh', '-c', 'mount --bind "$1" "$1" && exec "$2" "$3" "$1"', 'sh'],
    ...[path, process.execPath, script],
  ]);
  const { written, restored } = JSON.parse(stdout) as { written: string; restored: string };
  expect(written).toContain('127.65.0.1 redis redis.shop # localprocess-k8s one\r\n');
  expect(restored).toBe(original);
  expect((await readdir(folder.path)).sort()).toEqual(['hosts', 'writer.mjs']);
});
