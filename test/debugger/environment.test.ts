import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { spawnEnvironment, withEnvironment } from '../../adapter/debugger/environment.ts';

const cluster = { A: 'cluster\nline', B: 'cluster', C: null };

test('the user’s variables win, envFile under env, and the file is not read twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  try {
    const envFile = join(folder, '.env');
    await writeFile(envFile, 'B=file\nD="file two"\n');
    const debug = { type: 'pwa-node', env: { D: 'mine', E: 1, F: null }, envFile };
    expect(await withEnvironment(debug, cluster)).toEqual({
      type: 'pwa-node',
      env: { A: 'cluster\nline', B: 'file', C: null, D: 'mine', E: '1', F: null },
    });
    await expect(withEnvironment({ ...debug, envFile: `${envFile}.no` }, cluster)).rejects.toMatchObject({
      code: 'configuration-invalid',
      attribute: 'debug.envFile',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['debugpy', { env: { X: '1' } }, { env: { ...cluster, X: '1' } }],
  ['lldb-dap', { env: ['X=1=2'] }, { env: ['A=cluster\nline', 'B=cluster', 'X=1=2'] }],
  [
    'cppdbg',
    { environment: [{ name: 'B', value: 'mine' }] },
    {
      environment: [
        { name: 'A', value: 'cluster\nline' },
        { name: 'B', value: 'mine' },
      ],
    },
  ],
  ['rdbg', {}, {}],
  ['unheard-of', {}, { env: { A: 'cluster\nline', B: 'cluster' } }],
])('%s takes them in its own way', async (type, given, expected) => {
  expect(await withEnvironment({ type, ...given }, cluster)).toEqual({ type, ...expected });
});

test('gdb gets the whole environment', async () => {
  const { env } = await withEnvironment({ type: 'gdb' }, cluster);
  expect(env).toMatchObject({ A: 'cluster\nline', PATH: process.env.PATH });
  expect(env).not.toHaveProperty('C');
});

test.each([
  ['go', {}],
  ['gdb', {}],
  ['lldb', { C: null }],
  ['cppdbg', { C: null }],
  ['ruby', { ...cluster, B: 'mine' }],
  ['unheard-of', cluster],
])('%s is started with what its arguments cannot say', async (type, expected) => {
  expect(await spawnEnvironment({ type, env: { B: 'mine' } }, cluster)).toEqual(expected);
});
