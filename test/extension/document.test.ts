import { expect, test } from '@jest/globals';
import { describe, describeAll, isHidden } from '../../extension/document.ts';
import { reportOfShop } from './reports.ts';

/** The rows of the table below a heading, each cell by itself. */
function rows(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('values are hidden, and the document says how they are shown', async () => {
  const text = describe(await reportOfShop(), { secrets: false });
  expect(rows(text, 'Environment variables').slice(2)).toEqual([
    ['API_KEY', '<hidden: 16 characters>'],
    ['EMPTY', '<hidden: 0 characters>'],
    ['LINES', '<hidden: 3 characters>'],
    ['UNSET', 'unset'],
  ]);
  expect(text).toContain('"Show Secrets" in the title bar');
  expect(text).not.toContain('hunter2');
});

test('values are shown on a line each, whatever is in them', async () => {
  const text = describe(await reportOfShop({ secrets: true }), { secrets: true });
  expect(rows(text, 'Environment variables').slice(2)).toEqual([
    ['API_KEY', '"hunter2\\|and\\"more"'],
    ['EMPTY', '""'],
    ['LINES', '"a\\nb"'],
    ['UNSET', 'unset'],
  ]);
});

test('names, listeners, ports, volumes, warnings and versions', async () => {
  const text = describe(await reportOfShop(), { secrets: false });
  expect(text).toMatch(
    /^# service\/web in shop\n\nServing, begun 2026-01-02T03:04:05\.678Z by me@here, context dev/,
  );
  expect(rows(text, 'DNS entries').slice(2)).toEqual([
    ['127.1.2.1', 'prices prices.shop'],
    ['127.1.2.2', 'web web.shop'],
  ]);
  expect(rows(text, 'Listeners').slice(2, 4)).toEqual([
    ['prices', 'shop', '5000', '127.1.2.1:5000', '3', '1', '1.2 kB', '56 B'],
    ['prices', 'shop', '5001', '127.1.2.1:5001', '″', '″', '″', '″'],
  ]);
  expect(rows(text, 'Ports').slice(2)).toEqual([['8080', '3000']]);
  expect(rows(text, 'Volumes').slice(2)).toEqual([['keys', '/etc/keys', '/tmp/cafe/keys']]);
  expect(rows(text, 'Versions').slice(2)).toContainEqual(['node', process.version]);
  expect(text).toContain('## Tunnels\n\nNone.');
  expect(text).toMatch(/## Warnings\n\n- \S+Z It went less well\./);
  expect(text).toContain('## Log\n\n/none/log');
});

test('columns stand under each other in the text itself', async () => {
  const text = describe(await reportOfShop(), { secrets: false });
  const [, section = ''] = text.split('## Environment variables');
  const lines = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(0, 6);
  expect(lines.map((line) => line.indexOf(' | '))).toEqual([9, 9, 9, 9, 9, 9]);
});

test('all sessions of this machine, those that answer with everything', async () => {
  const diagnostics = await reportOfShop();
  const listed = { session: 'cafe', target: 'service/web', namespace: 'shop', state: 'joined', here: true };
  const text = describeAll(
    {
      sessions: [
        { ...listed, since: '2026-01-02', diagnostics },
        { ...listed, session: 'beef', here: false, owner: 'you@there' },
      ],
      cluster: { error: { message: 'It is away.' } },
    },
    { secrets: false },
  );
  expect(text).toMatch(/\| cafe +\| service\/web \| shop +\| here +\| 2026-01-02 \| joined \|/);
  expect(text).toMatch(/\| beef +\| service\/web \| shop +\| you@there \| \? +\| joined \|/);
  expect(text).toContain('Only this machine: the cluster cannot be asked. It is away.');
  expect(text).toContain('# service/web in shop');
});

test('without a session it is said how to start one', () => {
  const text = describeAll({ sessions: [], cluster: {} }, { secrets: false });
  expect(text).toMatch(/No session runs\. Press F5/);
});

test('what stands for a hidden value is told from values', () => {
  expect(['<hidden: 1 character>', '<hidden: 20 characters>'].every(isHidden)).toBe(true);
  expect(['', 'x', '<hidden>', ' <hidden: 2 characters>'].some(isHidden)).toBe(false);
});
