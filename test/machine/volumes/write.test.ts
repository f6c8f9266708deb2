import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { writeVolume } from '../../../adapter/machine/volumes/write.ts';
import type { VolumePart } from '../../../adapter/tunnel/volume.ts';
import { startAgent } from '../../agent/agentProcess.ts';
import { temporaryFolder } from '../script.ts';
import { mountOf, volumeSession } from './session.ts';

const folder = (path: string): VolumePart => ({ entry: { path, type: 'folder', mode: 0o755 } });
const link = (path: string, target: string): VolumePart => ({ entry: { path, type: 'link', target } });
const file = (path: string): VolumePart[] => [
  { entry: { path, type: 'file', mode: 0o644, size: 1 } },
  { data: Buffer.from('x') },
  { end: {} },
];

// eslint-disable-next-line @typescript-eslint/require-await -- what is read of an agent is asynchronous
async function* stream(parts: VolumePart[]): AsyncGenerator<VolumePart> {
  yield* parts;
}

test.each([
  ['a parent', [folder(''), ...file('../evil')]],
  ['a parent of a folder', [folder(''), folder('a'), ...file('a/../../evil')]],
  ['an absolute path', [folder(''), ...file('/tmp/evil')]],
  ['a folder that was never told', [folder(''), ...file('a/evil')]],
  ['a link to elsewhere, and a file behind it', [folder(''), link('a', '../outside'), ...file('a/evil')]],
  ['a link in place of a folder', [folder(''), folder('a'), link('a', '../outside'), ...file('a/evil')]],
  ['a link, then a file at the same path', [folder(''), link('a', '../outside/kept'), ...file('a')]],
  ['a link in place of the volume itself', [link('', '../outside'), ...file('evil')]],
  ['no name', [folder(''), ...file('a//evil')]],
  ['a name with an end in it', [folder(''), ...file('evil\0.txt')]],
])('nothing is written out of the folder: %s', async (_name, parts) => {
  await using parent = await temporaryFolder();
  const outside = join(parent.path, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'kept'), 'kept');
  const path = join(parent.path, 'copy');
  await expect(writeVolume(stream(parts), { path, secret: false, count: () => undefined })).rejects.toThrow();
  expect(await readdir(outside)).toEqual(['kept']);
  expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept');
  expect((await readdir(parent.path)).sort()).toEqual(expect.not.arrayContaining(['evil']));
});

test('a program that is set up to run as another user is not, here', async () => {
  await using parent = await temporaryFolder();
  const path = join(parent.path, 'copy');
  const parts: VolumePart[] = [{ entry: { path: '', type: 'file', mode: 0o6755, size: 0 } }, { end: {} }];
  await writeVolume(stream(parts), { path, secret: false, count: () => undefined });
  expect((await lstat(path)).mode & 0o7777).toBe(0o755);
});

test('a file that cannot be read to its end is left out', async () => {
  await using parent = await temporaryFolder();
  const path = join(parent.path, 'copy');
  const parts = [folder(''), ...file('whole'), ...file('half').slice(0, 2), { end: { code: 'EIO' } }];
  const leftOut = await writeVolume(stream(parts), { path, secret: false, count: () => undefined });
  expect(leftOut).toEqual([{ path: 'half', why: 'EIO' }]);
  expect(await readdir(path)).toEqual(['whole']);
});

/** A file system in memory with this much room, mounted in a folder; `undefined` where that is not allowed. */
function tiny(path: string, size: string): Disposable | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', [path]) };
}

test('a disk that is full: an error that says where, and nothing stays', async () => {
  await using pod = await temporaryFolder();
  const data = join(pod.path, 'data');
  await mkdir(data);
  await writeFile(join(data, 'file'), Buffer.alloc(3 * 1024 * 1024));
  await using agent = await startAgent();
  await using session = await volumeSession(await agent.tunnel());
  {
    using mounted = tiny(session.folder, '1m');
    if (mounted === undefined) return;
    await expect(session.copy([mountOf(data)])).rejects.toMatchObject({
      code: 'folder-unwritable',
      message: expect.stringMatching(/"data" to ".*volumes.*ENOSPC.*TMPDIR/) as unknown,
    });
  }
  await session.end();
  expect(existsSync(session.folder)).toBe(false);
});

test('memory without room for the secrets is passed over', async () => {
  await using pod = await temporaryFolder();
  const [keys, small] = [join(pod.path, 'keys'), join(pod.path, 'small')];
  await mkdir(keys);
  await mkdir(small);
  await writeFile(join(keys, 'key'), Buffer.alloc(600 * 1024));
  using mounted = tiny(small, '1m');
  if (mounted === undefined) return;
  const { XDG_RUNTIME_DIR } = process.env;
  await using agent = await startAgent();
  process.env.XDG_RUNTIME_DIR = small;
  try {
    await using session = await volumeSession(await agent.tunnel());
    const { binds } = await session.copy([mountOf(keys, { secret: true })]);
    expect(binds[0]?.from).toMatch(/^\/dev\/shm\//);
    expect(await readdir(small)).toEqual([]);
    await writeFile(join(keys, 'key'), 'small');
  } finally {
    if (XDG_RUNTIME_DIR === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = XDG_RUNTIME_DIR;
  }
});
