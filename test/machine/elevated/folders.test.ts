import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseRequest } from '../../../adapter/machine/elevated/protocol.ts';
import { firstLine, helperScript, noneWith, start } from '../helper.ts';
import { bundle, temporaryFolder } from '../script.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** An adapter whose secrets are in these folders, and that waits to be killed. */
const adapter = (session: string, folders: string[]) => `
  const administrator = await start({ session: '${session}', hostsFile: process.argv[2] });
  await administrator.removeAtEnd(${JSON.stringify(folders)});
  console.log('asked');
  setInterval(() => undefined, 1e6);
`;

async function killed(session: string, folders: string[]): Promise<void> {
  await using script = await helperScript(adapter(session, folders));
  const child = spawn(process.execPath, [script.path, script.hostsFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await firstLine(child)).toBe('asked');
  child.kill('SIGKILL');
  await noneWith(script.path);
}

asRoot('secrets are gone when the adapter is killed; links among them are not followed', async () => {
  await using parent = await temporaryFolder();
  const kept = join(parent.path, 'kept');
  await mkdir(kept);
  await writeFile(join(kept, 'file'), 'kept');
  const folder = join(parent.path, 'localprocess-k8s-one');
  await mkdir(join(folder, 'KEYS'), { recursive: true });
  await writeFile(join(folder, 'KEYS', 'key'), 'secret');
  await symlink(kept, join(folder, 'link'));
  await killed('one', [folder, join(parent.path, 'nowhere', 'localprocess-k8s-one')]);
  expect(existsSync(folder)).toBe(false);
  expect(await readFile(join(kept, 'file'), 'utf8')).toBe('kept');
});

asRoot('what is not the folder of the session is left alone', async () => {
  await using parent = await temporaryFolder();
  const place = (...names: string[]) => join(parent.path, ...names);
  const others = [place('localprocess-k8s-other'), place('etc'), place('localprocess-k8s-one')] as const;
  for (const folder of others) await mkdir(folder);
  // Somebody else's, of the right name; and a link of the right name.
  await chown(others[2], 12_345, 12_345);
  await mkdir(place('a'));
  await symlink(others[1], place('a', 'localprocess-k8s-one'));
  await killed('one', [...others, place('a', 'localprocess-k8s-one')]);
  expect(others.map(existsSync)).toEqual([true, true, true]);
});

asRoot('who ends in good order removes the folders itself', async () => {
  await using parent = await temporaryFolder();
  const session = `test-${process.pid}`;
  const folder = join(parent.path, `localprocess-k8s-${session}`);
  await mkdir(folder);
  await using script = await helperScript();
  const administrator = await start(script);
  await administrator.removeAtEnd([folder]);
  await administrator.close();
  await noneWith(script.path);
  expect(existsSync(folder)).toBe(true);
});

asRoot("a person's folder is removed with that person's rights: root walks through nobody's", async () => {
  await using parent = await temporaryFolder();
  await chmod(parent.path, 0o777);
  const folder = join(parent.path, 'localprocess-k8s-one');
  await mkdir(join(folder, 'theirs'), { recursive: true });
  // Root's, in a folder of theirs: they could not remove what is in it.
  await mkdir(join(folder, 'roots'));
  await writeFile(join(folder, 'roots', 'file'), 'kept');
  for (const path of [folder, join(folder, 'theirs')]) await chown(path, 12_345, 12_345);
  const script = join(parent.path, 'remove.mjs');
  await bundle(
    `import { removeAsOwner } from './elevated/folders.ts';
     await removeAsOwner('one', [${JSON.stringify(folder)}]).catch(() => undefined);
     console.log(process.getuid());`,
    script,
  );
  const child = spawn(process.execPath, [script], {
    cwd: '/',
    env: { ...process.env, SUDO_UID: '12345' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await firstLine(child)).toBe('12345');
  expect(existsSync(join(folder, 'roots', 'file'))).toBe(true);
});

test.each([
  [['relative/localprocess-k8s-one'], 'not the path of a folder'],
  [['/tmp/../etc/localprocess-k8s-one'], 'not the path of a folder'],
  [[7], 'not the path of a folder'],
  ['/tmp/localprocess-k8s-one', '10 at most'],
  [Array.from({ length: 11 }, () => '/tmp/localprocess-k8s-one'), '10 at most'],
])('a request for %j is refused', (folders, words) => {
  expect(() => parseRequest({ id: 1, operation: 'folders', folders })).toThrow(words);
});
