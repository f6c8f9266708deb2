import { expect, test } from '@jest/globals';
import { restoredWords, type Restored } from '../../extension/restored.ts';

const session = (target: string, outcome: Restored['sessions'][number]['outcome'], message?: string) => ({
  session: 'cafe',
  target,
  outcome,
  ...(message !== undefined && { message }),
});

test.each<[Restored['sessions'], string, boolean]>([
  [[], 'There is nothing to restore.', false],
  [[session('service/web', 'restored')], 'Restored service/web.', false],
  [
    [session('a', 'restored'), session('b', 'restored'), session('c', 'restored')],
    'Restored a, b and c.',
    false,
  ],
  [[session('a', 'running')], 'There is nothing to restore. a is running: left alone.', false],
  [
    [session('a', 'restored'), session('b', 'running'), session('c', 'running')],
    'Restored a. b and c are running: left alone.',
    false,
  ],
  [
    [session('a', 'restored'), session('b', 'failed', 'The cluster is away.')],
    'Cannot restore b: The cluster is away.',
    true,
  ],
])('%j: %s', (sessions, text, failed) => {
  expect(restoredWords({ sessions })).toEqual({ text, failed });
});
