import { expect, test } from '@jest/globals';
import { statusOf } from '../../extension/statusText.ts';
import { stateOfShop } from './reports.ts';

const target = 'service/web';
const traffic = { open: 1, total: 2, received: 3400, sent: 900 };

test('without a session nothing is shown', () => {
  expect(statusOf([])).toBeUndefined();
});

test('one that serves shows its target and the traffic', async () => {
  const status = statusOf([{ target, state: await stateOfShop({ traffic }) }]);
  expect(status).toMatchObject({ text: '$(arrow-swap) service/web ↓3.4 kB ↑900 B', level: 'ordinary' });
  expect(status?.tooltip).toContain('**service/web** in shop: serving');
  expect(status?.tooltip).toContain('from the cluster: 2 connections (1 open)');
  expect(status?.tooltip).toContain('to its services: 3 connections (1 open)');
});

test.each([
  [undefined, '$(sync~spin) service/web: starting', 'ordinary'],
  ['waiting', '$(watch) service/web: waiting', 'ordinary'],
  ['reconnecting', '$(sync~spin) service/web: reconnecting', 'warning'],
  ['lost', '$(debug-disconnect) service/web: lost', 'error'],
  ['leaving', '$(sync~spin) service/web: leaving', 'ordinary'],
] as const)('one that is %s', async (name, text, level) => {
  const state = name && (await stateOfShop({ state: name }));
  expect(statusOf([{ target, state }])).toMatchObject({ text, level });
});

test('several are counted, and the one that needs a look most decides', async () => {
  const joined = { target, state: await stateOfShop() };
  const lost = { target: 'service/prices', state: await stateOfShop({ state: 'lost' }) };
  const waiting = { target: 'service/stock', state: await stateOfShop({ state: 'waiting' }) };
  expect(statusOf([joined, joined])).toMatchObject({ text: '$(arrow-swap) 2 sessions' });
  expect(statusOf([joined, waiting])).toMatchObject({ text: '$(watch) 2 sessions, 1 waiting' });
  expect(statusOf([waiting, waiting])).toMatchObject({ text: '$(watch) 2 sessions, all waiting' });
  const status = statusOf([joined, lost, waiting]);
  expect(status).toMatchObject({ text: '$(debug-disconnect) 3 sessions, 1 lost', level: 'error' });
  for (const name of ['web', 'prices', 'stock']) expect(status?.tooltip).toContain(`**service/${name}**`);
});

test('warnings are marked; the tooltip has the last three, as they are', async () => {
  const warnings = ['one', 'two', 'see [x](command:y) *now*', 'four'].map((text) => ({ at: 'then', text }));
  const status = statusOf([{ target, state: await stateOfShop({ warnings }) }]);
  expect(status?.text.endsWith(' $(warning)')).toBe(true);
  expect(status?.tooltip).not.toContain('one\n');
  expect(status?.tooltip).toContain('see \\[x\\]\\(command:y\\) \\*now\\*');
});
