import { expect, test } from '@jest/globals';
import { additions, type OwnRow } from '../../../extension/wrapping/additions.ts';
import { any } from './proofs/any.ts';
import { go } from './proofs/go.ts';
import { native } from './proofs/native.ts';
import { node } from './proofs/node.ts';
import { python } from './proofs/python.ts';
import { scripts } from './proofs/scripts.ts';

const proofs: Record<OwnRow, () => Promise<void>> = {
  ...any,
  ...python,
  ...go,
  ...node,
  ...native,
  ...scripts,
};

test.each(Object.entries(proofs))('what a configuration gets: %s', async (_, proof) => {
  await proof();
});

test('each row has an id of its own', () => {
  const ids = additions.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
