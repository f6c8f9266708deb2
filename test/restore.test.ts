import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Journal } from '../adapter/journal.ts';
import { Log } from '../adapter/log.ts';
import { restore } from '../adapter/restore.ts';
import { ownStateFolder, temporaryFolder } from './machine/script.ts';
import { silent } from './machine/helper.ts';

let state: Awaited<ReturnType<typeof ownStateFolder>>;
beforeAll(async () => {
  state = await ownStateFolder();
});
afterAll(async () => {
  await state[Symbol.asyncDispose]();
});

test("a dead session's folders go, also one that was never made, and nothing beside them", async () => {
  await using parent = await temporaryFolder();
  const [made, never, other] = ['localprocess-k8s-dead', 'localprocess-k8s-never', 'other'].map((name) =>
    join(parent.path, name),
  ) as [string, string, string];
  await mkdir(join(made, 'volumes'), { recursive: true });
  await writeFile(join(made, 'volumes', 'secret'), 'secret');
  await mkdir(other);
  const journal = await Journal.begin({
    session: 'dead',
    since: new Date().toISOString(),
    log: '/dev/null',
    target: 'web',
    cluster: { context: 'none', namespace: 'none', connectTimeoutSeconds: 1 },
    folders: [made, never, other],
  });
  await restore(journal, {
    mainScript: '/dev/null',
    log: new Log('test', '/dev/null'),
    progress: silent,
    signal: new AbortController().signal,
  });
  expect([made, other].map(existsSync)).toEqual([false, true]);
  expect(await Journal.find('dead')).toBeUndefined();
});
