import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Journal, type JournalRecord } from '../../adapter/journal.ts';
import { identify } from '../../adapter/machine/processes/processes.ts';
import { ownStateFolder, temporaryFolder } from '../machine/script.ts';
import { buildAdapter, root } from '../harness.ts';

let program: Awaited<ReturnType<typeof buildAdapter>>;
let state: Awaited<ReturnType<typeof ownStateFolder>>;
beforeAll(async () => {
  program = await buildAdapter(join(root, 'adapter', 'main.ts'));
  state = await ownStateFolder();
});
afterAll(async () => {
  await state[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

async function restore(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program.path, 'restore', ...args], {
    reject: false,
  });
  return { exitCode, answer: args.includes('--json') ? (JSON.parse(stdout) as unknown) : stdout, stderr };
}

/** The journal of a session; without `process` one whose adapter has gone. */
async function journal(
  record: Partial<JournalRecord> & { session: string; target: string },
): Promise<Journal> {
  const written = Journal.of({
    version: 1,
    process: { pid: 2 ** 22, started: 'never' },
    since: '2026-01-02T03:04:05.678Z',
    log: '/dev/null',
    cluster: { kubeconfig: '/none', context: 'none', namespace: 'none', connectTimeoutSeconds: 1 },
    ...record,
  });
  await written.write({});
  return written;
}

test('--json: nothing is there', async () => {
  expect(await restore('--json')).toEqual({ exitCode: 0, answer: { sessions: [] }, stderr: '' });
});

test('--json: what has become of each session, and exit code 1 where one is left', async () => {
  await using folder = await temporaryFolder();
  const left = join(folder.path, 'localprocess-k8s-dead');
  await mkdir(left);
  const own = await identify(process.pid);
  if (!own) throw new Error('This process is not found.');
  await journal({ session: 'dead', target: 'service/dead', folders: [left] });
  const live = await journal({ session: 'live', target: 'service/live', process: own });
  // Its agents are in a cluster that nobody knows.
  const stuck = await journal({
    session: 'stuck',
    target: 'service/stuck',
    agents: {
      token: 'x',
      controlPort: 1,
      spareLabel: 'x',
      routedWithoutSpare: false,
      labels: {},
      replicaSet: { name: 'x', uid: 'x' },
      leaveSeconds: 1,
    },
  });
  const { exitCode, answer, stderr } = await restore('--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  const { sessions } = answer as { sessions: { session: string }[] };
  expect(sessions.sort((one, other) => (one.session < other.session ? -1 : 1))).toEqual([
    { session: 'dead', target: 'service/dead', outcome: 'restored' },
    { session: 'live', target: 'service/live', outcome: 'running' },
    {
      session: 'stuck',
      target: 'service/stuck',
      outcome: 'failed',
      message: expect.stringMatching(/^Cannot .*none/),
    },
  ]);
  expect(existsSync(left)).toBe(false);
  await live.remove();
  await stuck.remove();
});

test('without it, the same in words', async () => {
  await journal({ session: 'dead', target: 'service/dead' });
  expect(await restore()).toEqual({
    exitCode: 0,
    answer: 'dead on service/dead, begun 2026-01-02T03:04:05.678Z: restored.',
    stderr: '',
  });
});
