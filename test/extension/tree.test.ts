import { expect, test } from '@jest/globals';
import { linesOf, type Line } from '../../extension/tree.ts';
import { reportOfShop, stateOfShop } from './reports.ts';

const nothing = new Map<string, string>();

/** The lines below a section, or below a line in it. */
function below(line: Line, ...labels: string[]): Line[] {
  const [label, ...rest] = labels;
  const children = line.children ?? [];
  if (label === undefined) return children;
  const found = children.find((child) => child.label === label);
  if (!found) throw new Error(`There is no "${label}".`);
  return below(found, ...rest);
}

async function shop(shown: ReadonlyMap<string, string> = nothing) {
  const report = await reportOfShop();
  return linesOf({ debug: 'id', target: 'service/web', state: undefined, report, shown });
}

test('one that only begins has a line, and nothing below', async () => {
  const begun = linesOf({ debug: 'id', target: 'web', state: undefined, report: undefined, shown: nothing });
  expect(begun).toMatchObject({ label: 'web', description: 'starting', children: [] });
  const state = await stateOfShop({ state: 'waiting' });
  const told = linesOf({ debug: 'id', target: 'web', state, report: undefined, shown: nothing });
  expect(told.description).toBe('waiting for the local process to listen · unused');
});

test('what is redirected, and what a click copies', async () => {
  const root = await shop();
  expect(root.description).toBe('serving · unused');
  expect(below(root, 'Redirected')).toMatchObject([
    { label: 'Port 8080', description: 'to 127.0.0.1:3000', copies: '127.0.0.1:3000' },
  ]);
});

test('services with their addresses and counts; one with several ports opens', async () => {
  const root = await shop();
  expect(below(root, 'Services')).toMatchObject([
    {
      label: 'prices',
      description: '127.1.2.1:5000, 5001 · 3 (1 open) ↓1.2 kB ↑56 B',
      copies: '127.1.2.1:5000',
      tooltip: expect.stringContaining('prices.shop'),
    },
    { label: 'web', description: '127.1.2.2:80 · unused', copies: '127.1.2.2:80' },
    { label: 'vault', tooltip: expect.stringContaining('no name') },
  ]);
  expect(below(root, 'Services', 'prices').map(({ copies }) => copies)).toEqual([
    '127.1.2.1:5000',
    '127.1.2.1:5001',
  ]);
  expect(below(root, 'Services', 'web')).toEqual([]);
});

test('a service of another namespace is called so', async () => {
  const report = { ...(await reportOfShop()), namespace: 'other' };
  const root = linesOf({ debug: 'id', target: 'web', state: undefined, report, shown: nothing });
  expect(below(root, 'Services')[0]?.label).toBe('prices.shop');
});

test('variables are hidden but for those that were asked for', async () => {
  expect(below(await shop(new Map([['API_KEY', 'hunter2']])), 'Variables')).toMatchObject([
    { kind: 'shown', label: 'API_KEY', description: 'hunter2', tooltip: 'API_KEY=hunter2' },
    { kind: 'variable', label: 'EMPTY', description: '<hidden: 0 characters>', tooltip: 'EMPTY' },
    { kind: 'variable', label: 'LINES', description: '<hidden: 3 characters>' },
    { kind: 'variable', label: 'UNSET', description: 'unset' },
  ]);
});

test('volumes and the log lead to their files', async () => {
  const root = await shop();
  expect(below(root, 'Volumes')).toMatchObject([
    { label: '/etc/keys', description: 'keys', path: '/tmp/cafe/keys' },
  ]);
  expect(below(root).at(-1)).toMatchObject({ kind: 'log', path: '/none/log' });
});

test('each line has a name of its own, the same the next time', async () => {
  const ids = (line: Line): string[] => [line.id, ...(line.children ?? []).flatMap(ids)];
  const [once, again] = [ids(await shop()), ids(await shop())];
  expect(again).toEqual(once);
  expect(new Set(once).size).toBe(once.length);
});
