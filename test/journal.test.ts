import { readdir, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Journal } from '../adapter/journal.ts';
import { ownStateFolder } from './machine/script.ts';

let state: Awaited<ReturnType<typeof ownStateFolder>>;
beforeAll(async () => {
  state = await ownStateFolder();
});
afterAll(async () => {
  await state[Symbol.asyncDispose]();
});

const record = {
  session: '0123abcd',
  since: '2026-01-01T00:00:00Z',
  log: '/tmp/x.log',
  target: 'service/web',
  cluster: { context: 'c', namespace: 'n', connectTimeoutSeconds: 10 },
};
const sessions = () => readdir(join(state.path, 'localprocess-k8s', 'sessions'));

test('what is written at once is all there, the last word on each', async () => {
  const journal = await Journal.begin(record);
  await Promise.all([
    journal.write({ hosts: true }),
    journal.write({ target: 'service/a' }),
    journal.write({ target: 'service/b' }),
  ]);
  expect((await Journal.find('0123abcd'))?.record).toMatchObject({ hosts: true, target: 'service/b' });
  expect(await journal.isLive()).toBe(true);
  await journal.remove();
  expect(await sessions()).toEqual([]);
});

test('what a process killed while writing left is no session, and goes', async () => {
  const journal = await Journal.begin(record);
  const { pid } = spawnSync(process.execPath, ['--version']);
  const folder = join(state.path, 'localprocess-k8s', 'sessions');
  await writeFile(join(folder, `89abcdef.json.${pid}.new`), '{"torn');
  await writeFile(join(folder, 'torn.json'), '{"torn');
  expect((await Journal.all()).map(({ record: { session } }) => session)).toEqual(['0123abcd']);
  expect(await sessions()).toEqual(['0123abcd.json', 'torn.json']);
  await journal.remove();
});
