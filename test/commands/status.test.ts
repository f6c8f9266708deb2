import { expect, test } from '@jest/globals';
import { age } from '../../adapter/commands/status.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

test.each([
  ['2026-03-01T12:00:00Z', '0s'],
  ['2026-03-01T11:58:01Z', '119s'],
  ['2026-03-01T11:58:00Z', '2m'],
  ['2026-03-01T10:00:01Z', '119m'],
  ['2026-03-01T10:00:00Z', '2h'],
  ['2026-02-27T12:00:01Z', '47h'],
  ['2026-02-27T12:00:00Z', '2d'],
  ['2026-03-01T12:05:00Z', '0s'],
  ['yesterday', '?'],
])('the age of what began at %s is %s', (since, expected) => {
  expect(age(since, now)).toBe(expected);
});
