import { expect, test } from '@jest/globals';
import { inRows } from '../../../extension/asking/rows.ts';
import { askAll, back, type Step } from '../../../extension/asking/steps.ts';

/** Steps that answer from a script, and what was asked, with whether one could go back. */
function scripted(script: Record<string, Awaited<ReturnType<Step>>[]>) {
  const asked: string[] = [];
  const steps = Object.entries(script).map(([name, outcomes]): Step => {
    return (canGoBack) => {
      asked.push(canGoBack ? `${name} <` : name);
      return Promise.resolve(outcomes.shift());
    };
  });
  return { steps, asked };
}

test('questions are asked in their order, each once', async () => {
  const { steps, asked } = scripted({ a: ['answered'], b: ['answered'] });
  expect(await askAll(steps)).toBe(true);
  expect(asked).toEqual(['a', 'b <']);
});

test('back leads to the last one that was asked, over those that had nothing to ask', async () => {
  const { steps, asked } = scripted({
    a: ['answered', 'answered'],
    b: ['skipped', 'skipped'],
    c: [back, 'answered'],
  });
  expect(await askAll(steps)).toBe(true);
  expect(asked).toEqual(['a', 'b <', 'c <', 'a', 'b <', 'c <']);
});

test('who gives up is asked nothing more', async () => {
  const { steps, asked } = scripted({ a: ['answered'], b: [undefined], c: ['answered'] });
  expect(await askAll(steps)).toBe(false);
  expect(asked).toEqual(['a', 'b <']);
});

test('rows are as short as a list shows them, and lose no word', () => {
  const text = `Cannot reach the cluster: ${'word '.repeat(40)}${'x'.repeat(100)} end`;
  const rows = inRows(text);
  expect(rows.join(' ')).toBe(text);
  expect(rows.filter((row) => row.length > 76)).toEqual(['x'.repeat(100)]);
});
