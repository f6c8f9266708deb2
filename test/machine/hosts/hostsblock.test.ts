import { expect, test } from '@jest/globals';
import { hasBlock, withBlock, type HostsEntry } from '../../../adapter/machine/hosts/hostsblock.ts';
import { random } from './random.ts';

const entries = [
  { address: '127.65.0.1', hostnames: ['redis', 'redis.shop'] },
  { address: '127.65.0.2', hostnames: ['web'] },
];
const line = '127.65.0.1 redis redis.shop # localprocess-k8s one\n';
const block = `${line}127.65.0.2 web # localprocess-k8s one\n`;

test('adds marked lines, one for a service, and takes them away again', () => {
  const text = '127.0.0.1 localhost\n';
  const written = withBlock(text, 'one', entries);
  expect(written).toBe(text + block);
  expect(withBlock(written, 'one', [])).toBe(text);
});

test('replaces the lines of its own session only', () => {
  const both = withBlock(withBlock('a\n', 'one', entries), 'two', entries);
  const changed = withBlock(both, 'one', [{ address: '127.65.0.9', hostnames: ['other'] }]);
  expect(changed.match(/k8s one$/gm)).toHaveLength(1);
  expect(changed).toContain('127.65.0.9 other # localprocess-k8s one\n');
  expect(withBlock(changed, 'one', [])).toBe(withBlock('a\n', 'two', entries));
});

const originals = [
  '',
  '\n',
  '\r\n',
  '\r',
  '127.0.0.1 localhost',
  '127.0.0.1 localhost\n',
  '127.0.0.1 localhost\r\n',
  '127.0.0.1 localhost\r',
  '127.0.0.1 localhost\r\n::1 x',
  '127.0.0.1 localhost\r::1 x\r',
  '127.0.0.1 localhost\n::1 x\r',
  '\xef\xbb\xbf127.0.0.1 localhost',
  '# comment\n\n\n\t127.0.0.1\tlocalhost  \n\n',
  'latin1 \xe9\xff \x00 bytes\n',
  '10.0.0.1 db # localprocess-k8s a\n',
  '# localprocess-k8s a\n127.0.0.1 x # localprocess-k8s',
  '127.65.0.1 another\n127.65.0.1',
];

test.each(originals)('gives back %j to the byte, whichever of three sessions ends first', (original) => {
  const orders = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'];
  for (const order of orders) {
    let text = ['a', 'b', 'c'].reduce((before, session) => withBlock(before, session, entries), original);
    for (const session of order) {
      expect(hasBlock(text, session)).toBe(true);
      text = withBlock(text, session, []);
      expect(hasBlock(text, session)).toBe(false);
    }
    expect(text).toBe(original);
  }
});

/** What hosts files are made of, and what they should not be made of. */
const pieces = [
  ...['\n', '\n', '\r\n', '\r', '\n\n\n', '\r\n\r\n', ' ', '\t', '\x00', '\xff\xfe\xe9', '\xef\xbb\xbf', '#'],
  ...['127.0.0.1 localhost', '::1\tip6-localhost  ', '10.0.0.1 db db.corp # the database', '# comment'],
  ...['10.65.0.1 own', '# localprocess-k8s one', 'x # localprocess-k8s', 'y'.repeat(300)],
];

test('gives back generated files to the byte, after sessions began, changed and ended in any order', () => {
  for (let seed = 1; seed <= 1000; seed++) {
    const { choose, below } = random(seed);
    const original = Array.from({ length: below(12) }, () => choose(pieces)).join('');
    const live = new Set<string>();
    let text = original;
    for (let step = below(12); step > 0 || live.size > 0; step--) {
      const session = step > 0 ? choose(['one', 'two', 'three']) : choose([...live]);
      const wanted = step > 0 && below(3) > 0 ? someEntries(below) : [];
      text = withBlock(text, session, wanted);
      if (wanted.length > 0) live.add(session);
      else live.delete(session);
      for (const each of ['one', 'two', 'three']) expect(hasBlock(text, each)).toBe(live.has(each));
    }
    expect({ seed, text }).toEqual({ seed, text: original });
  }
});

function someEntries(below: (limit: number) => number): HostsEntry[] {
  return Array.from({ length: 1 + below(4) }, (_, index) => ({
    address: `127.${64 + below(64)}.${below(256)}.${index + 1}`,
    hostnames: [`service-${index}`, `service-${index}.shop`],
  }));
}

test('keeps what others added before, between and behind, and the newline they went on after', () => {
  const written = withBlock('127.0.0.1 localhost', 'one', entries);
  const between = written.replace(line, `${line}10.0.0.3 between\n`);
  expect(withBlock(`10.0.0.1 before\n${between}10.0.0.2 after`, 'one', [])).toBe(
    '10.0.0.1 before\n127.0.0.1 localhost\n10.0.0.3 between\n10.0.0.2 after',
  );
});

const user = '10.0.0.1 precious\n';
const damages: { how: string; damage: (text: string) => string; left?: string }[] = [
  { how: 'the first line removed', damage: (text) => text.replace(line, '') },
  { how: 'the lines in another order', damage: (text) => linesOf(text).reverse().join('') },
  { how: 'the lines indented', damage: (text) => text.replaceAll(/^127\.65/gm, '\t  127.65') },
  { how: 'tabs for blanks', damage: (text) => text.replaceAll(/(?<=^127\.65.*) (?=.*#)/gm, '\t') },
  { how: 'a comment before the mark', damage: (text) => text.replace(' # local', ' # mine # local') },
  { how: 'a comment behind the mark', damage: (text) => text.replace('k8s one', 'k8s one # mine') },
  { how: 'a line commented out', damage: (text) => text.replace('127.65.0.1', '# 127.65.0.1') },
  { how: 'a name added to our line', damage: (text) => text.replace('redis ', 'redis mine ') },
  { how: 'the lines copied', damage: (text) => text + block + block },
  { how: 'a copy without the mark', damage: (text) => text + line.replace(/ #.*/, '') },
  { how: 'the last newline removed', damage: (text) => text.replace(/\n$/, '') },
  {
    how: 'lines of the user between ours',
    damage: (text) => text.replace(line, line + user),
    left: '127.0.0.1 localhost\n' + user,
  },
  {
    how: "the user's own name at our address",
    damage: (text) => text.replace(line, line + '127.65.0.1 mine\n'),
    left: '127.0.0.1 localhost\n127.65.0.1 mine\n',
  },
  {
    how: 'CRLF for every newline',
    damage: (text) => text.replaceAll('\n', '\r\n'),
    left: '127.0.0.1 localhost\r\n',
  },
];

test.each(damages)(
  'damaged by an editor ($how): none of our names stays, no line of the user goes, also after a crash',
  ({ damage, left = '127.0.0.1 localhost\n' }) => {
    expect(withBlock(damage(withBlock('127.0.0.1 localhost\n', 'one', entries)), 'one', [])).toBe(left);
    const others = withBlock('127.0.0.1 localhost\n', 'two', [
      { address: '127.66.0.1', hostnames: ['redis'] },
    ]);
    const both = withBlock(damage(withBlock(others, 'one', entries)), 'one', []);
    expect(hasBlock(both, 'one')).toBe(false);
    expect(withBlock(both, 'two', [])).toBe(left);
  },
);

test.each([
  { how: 'every mark removed', damage: (text: string) => text.replaceAll(/ # localprocess.*/g, '') },
  { how: "the session's name changed", damage: (text: string) => text.replaceAll('k8s one', 'k8s oen') },
])('damaged by an editor ($how): the session itself knows what it wrote', ({ damage }) => {
  const text = '127.0.0.1 localhost\n127.65.0.1 mine\n';
  const damaged = damage(withBlock(text, 'one', entries));
  expect(withBlock(damaged, 'one', [], entries)).toBe(text);
  // Who does not remember leaves alone what it cannot tell from the user's.
  expect(withBlock(damaged, 'one', [])).toBe(damaged);
});

test('a file without a newline at its end, damaged by an editor, gets back what the editor left of it', () => {
  const written = withBlock('127.0.0.1 localhost', 'one', entries);
  expect(withBlock(written.replaceAll('\n', '\r\n'), 'one', [])).toBe('127.0.0.1 localhost');
  expect(withBlock(written.replace(/\n$/, ''), 'one', [])).toBe('127.0.0.1 localhost');
  expect(withBlock(written.replace(/^# .*\n/m, ''), 'one', [])).toBe('127.0.0.1 localhost\n');
});

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}
