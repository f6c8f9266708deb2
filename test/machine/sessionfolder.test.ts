import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeFolder, removeFolder } from '../../adapter/machine/sessionfolder.ts';
import { bundle, temporaryFolder } from './script.ts';

const run = promisify(execFile);

test("a session's folder is its user's alone", async () => {
  await using parent = await temporaryFolder();
  const folder = join(parent.path, 'localprocess-k8s-one');
  await makeFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await removeFolder(folder);
  expect(existsSync(folder)).toBe(false);
  await removeFolder(folder);
});

test('a folder that is there already is never used', async () => {
  await using parent = await temporaryFolder();
  const folder = join(parent.path, 'localprocess-k8s-one');
  await mkdir(folder);
  await expect(makeFolder(folder)).rejects.toMatchObject({
    code: 'folder-unwritable',
    message: expect.stringContaining(folder) as unknown,
  });
  await symlink(parent.path, join(parent.path, 'localprocess-k8s-two'));
  await expect(makeFolder(join(parent.path, 'localprocess-k8s-two'))).rejects.toMatchObject({
    code: 'folder-unwritable',
  });
});

test('links in it are not followed, and folders that may not be changed go as well', async () => {
  await using parent = await temporaryFolder();
  await chmod(parent.path, 0o777);
  const kept = join(parent.path, 'kept');
  await mkdir(kept);
  await writeFile(join(kept, 'file'), 'kept');
  const script = join(parent.path, 'remove.mjs');
  await bundle(
    `import { removeFolder } from './sessionfolder.ts'; await removeFolder(process.argv[2]);`,
    script,
  );
  const folder = join(parent.path, 'localprocess-k8s-one');
  const make = `set -e; mkdir -p '${folder}/a/b'; ln -s '${kept}' '${folder}/a/link'; echo x > '${folder}/a/b/c'; chmod 555 '${folder}/a' '${folder}/a/b'`;
  const remove = `exec '${process.execPath}' '${script}' '${folder}'`;
  const person = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  await run('sh', ['-c', make], { cwd: '/', ...person });
  await run('sh', ['-c', remove], { cwd: '/', ...person });
  expect(existsSync(folder)).toBe(false);
  expect(await readFile(join(kept, 'file'), 'utf8')).toBe('kept');
});

test.each(['somewhere', 'localprocess-k8s-', 'x-localprocess-k8s-one'])(
  'a folder "%s" is no session\'s, and left alone',
  async (name) => {
    await using parent = await temporaryFolder();
    await mkdir(join(parent.path, name));
    await removeFolder(join(parent.path, name));
    expect(existsSync(join(parent.path, name))).toBe(true);
  },
);

test('a link in place of the folder is left alone, and so is what it leads to', async () => {
  await using parent = await temporaryFolder();
  const elsewhere = join(parent.path, 'localprocess-k8s-two');
  await mkdir(elsewhere);
  const folder = join(parent.path, 'localprocess-k8s-one');
  await symlink(elsewhere, folder);
  await removeFolder(folder);
  expect(existsSync(elsewhere)).toBe(true);
});
