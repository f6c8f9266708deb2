import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Journal } from '../adapter/journal.ts';
import { Log } from '../adapter/log.ts';
import { isOccupied, removeLink } from '../adapter/machine/volumes/links.ts';
import { linkVolumes } from '../adapter/processConfiguration.ts';
import { parseProcessConfiguration } from '../adapter/processConfig/read.ts';
import { UndoStack } from '../adapter/undo.ts';

/** A folder with a volume's copy, and what links it to the paths of a file in it. */
async function place(...localPaths: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  const copy = join(folder, 'copy');
  await mkdir(copy);
  await writeFile(join(copy, 'key'), 'value');
  const mounts = localPaths.map((path) => `  - { name: settings, localPath: ${JSON.stringify(path)} }\n`);
  const file = `version: 0.1\nvolumeMounts:\n${mounts.join('')}`;
  const log = new Log('test', join(folder, 'log'));
  const undo = new UndoStack(log);
  const process = { pid: 1, startedAt: '' };
  const cluster = { context: 'c', namespace: 'n', connectTimeoutSeconds: 1 };
  const record = { version: 1 as const, session: 'test', process, since: '', log: '', target: '', cluster };
  const written: unknown[] = [];
  const journal = Object.assign(Journal.of(record as unknown as Journal['record']), {
    write(this: Journal, change: Partial<Journal['record']>) {
      this.record = { ...this.record, ...change };
      written.push(change);
      return Promise.resolve();
    },
  });
  return {
    folder,
    undo,
    journal,
    written,
    link: () =>
      linkVolumes(
        parseProcessConfiguration(join(folder, 'file.yaml'), file),
        [{ volume: 'settings', folder: copy }],
        { journal, undo },
      ),
    async [Symbol.asyncDispose]() {
      await undo.undo();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

test("a volume's copy is also at localPath, relative to the file or absolute, and is gone with the session", async () => {
  const absolute = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  await using there = await place('config/deep/settings', join(absolute, 'settings'));
  await there.link();
  expect(await readFile(join(there.folder, 'config', 'deep', 'settings', 'key'), 'utf8')).toBe('value');
  expect(await readFile(join(absolute, 'settings', 'key'), 'utf8')).toBe('value');
  expect(there.written).toHaveLength(2);
  expect(there.journal.record.links).toMatchObject([
    { folders: [join(there.folder, 'config'), join(there.folder, 'config', 'deep')] },
    { folders: [] },
  ]);
  await there.undo.undo();
  expect(await isOccupied(join(there.folder, 'config'))).toBe(false);
  expect(await isOccupied(join(absolute, 'settings'))).toBe(false);
  expect(await readFile(join(there.folder, 'copy', 'key'), 'utf8')).toBe('value');
  await rm(absolute, { recursive: true });
});

test.each(['file', 'folder', 'link that leads nowhere'])(
  'a %s at localPath is never replaced',
  async (what) => {
    await using there = await place('settings');
    const path = join(there.folder, 'settings');
    if (what === 'file') await writeFile(path, 'mine');
    else if (what === 'folder') await mkdir(path);
    else await symlink('nowhere', path);
    await expect(there.link()).rejects.toMatchObject({ code: 'configuration-file-invalid' });
    await expect(there.link()).rejects.toThrow(
      /file\.yaml:3:34": There is something at ".*settings" already/,
    );
    expect(there.written).toEqual([]);
    await there.undo.undo();
    expect(await isOccupied(path)).toBe(true);
  },
);

test('what somebody put in the place of a link stays, also when it is removed twice', async () => {
  await using there = await place('config/settings');
  await there.link();
  const [link] = there.journal.record.links ?? [];
  if (link === undefined) throw new Error('Nothing was linked.');
  await rm(link.path);
  await symlink('mine', link.path);
  await removeLink(link);
  await removeLink(link);
  expect(await readlink(link.path)).toBe('mine');
});
