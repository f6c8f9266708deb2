import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { buildAdapter, root } from '../harness.ts';
import type { Make } from './adapters.ts';
import type { Recording } from './recorder.ts';
import * as scripts from './scripts.ts';
import { both, type Play } from './subject.ts';

/** Tests that play every script against one adapter, directly and through the relay. */
export async function differential(name: string, make: Make): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  const main = await buildAdapter(join(root, 'adapter', 'main.ts'));
  afterAll(async () => {
    await main[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const subject = await make({ main: main.path, folder });
  if ('missing' in subject) {
    test.skip(`${name}: ${subject.missing}`, () => undefined);
    return;
  }

  const play = (title: string, script: (play: Play) => Promise<Recording[]>, has: readonly string[]) =>
    test(`${name}: ${title}`, async () => {
      const came = await both(subject, script);
      // The script has met what it is about.
      expect([...met(came)]).toEqual(expect.arrayContaining([...has]));
    });

  const { breakpoints = [], inspection = [] } = subject.has;
  play('breakpoints of every kind', scripts.breakpoints, ['setBreakpoints', 'stopped', ...breakpoints]);
  play('steps, threads, variables, evaluation, memory', scripts.inspection, ['evaluate', ...inspection]);
  const printed = subject.ragged ? [] : ['line 1999', 'to stderr'];
  play('a flood of output, and an exit code', scripts.flood, ['exit code 3', ...printed]);
  play('restart', scripts.restart, subject.restartable ? ['restart'] : []);
  if (subject.terminal) play('in the editor’s terminal', scripts.terminal, ['runInTerminal', 'line 1999']);
  if (subject.family)
    play('processes that the debuggee starts', scripts.family, ['startDebugging', 'stopped']);
  play('many requests at once, unknown ones, and late ones', scripts.crowd, ['evaluate', 'stopped']);
  play('terminate', scripts.terminate, ['stopped', 'disconnect']);
}

/** What has happened: requests with success, those of the adapter, events, the program's end. */
function met(recordings: Recording[]): Set<string> {
  const all = new Set<string>();
  for (const { notes, events, output, asked } of recordings) {
    for (const { of, came } of notes) if ((came as { success?: boolean } | undefined)?.success) all.add(of);
    for (const { command } of asked as { command: string }[]) all.add(command);
    for (const { event, body } of Object.values(events).flat() as { event: string; body: object }[]) {
      all.add(event);
      if (event === 'exited') all.add(`exit code ${(body as { exitCode: number }).exitCode}`);
    }
    const printed = JSON.stringify([output, notes.filter(({ of }) => of === 'terminal')]);
    for (const text of ['line 1999', 'to stderr']) if (printed.includes(text)) all.add(text);
    // delve and js-debug say it in words.
    if (/has exited with status 3|exited with code 3/.test(printed)) all.add('exit code 3');
  }
  return all;
}
