import { expect, test } from '@jest/globals';
import { arrows, brief, inBytes, plural, traffic } from '../../extension/numbers.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1049, '1 kB'],
  [1050, '1.1 kB'],
  [9949, '9.9 kB'],
  [9950, '10 kB'],
  [12_345, '12 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [1_500_000_000, '1.5 GB'],
  [2e15, '2 PB'],
  [5e18, '5000 PB'],
])('%d bytes are %s', (count, words) => {
  expect(inBytes(count)).toBe(words);
});

test('traffic in words', () => {
  expect(traffic({ open: 0, total: 0, received: 0, sent: 0 })).toBe('no connections yet');
  expect(traffic({ open: 0, total: 1, received: 5, sent: 0 })).toBe('1 connection, ↓5 B ↑0 B');
  expect(traffic({ open: 2, total: 12, received: 1200, sent: 34 })).toBe(
    '12 connections (2 open), ↓1.2 kB ↑34 B',
  );
  expect(brief({ open: 0, total: 0, received: 0, sent: 0 })).toBe('unused');
  expect(brief({ open: 0, total: 1, received: 5, sent: 0 })).toBe('1 ↓5 B ↑0 B');
  expect(brief({ open: 2, total: 12, received: 1200, sent: 34 })).toBe('12 (2 open) ↓1.2 kB ↑34 B');
  expect(arrows({ open: 0, total: 0, received: 1, sent: 2 })).toBe('↓1 B ↑2 B');
  expect([plural(0, 'pod'), plural(1, 'pod'), plural(2, 'pod')]).toEqual(['0 pods', '1 pod', '2 pods']);
});
