import { expect, test } from '@jest/globals';
import { withBlock } from '../../adapter/machine/hostsblock.ts';

const entries = [{ address: '127.65.0.1', hostnames: ['redis', 'redis.shop'] }];
const block = '# localprocess-k8s one begin\n127.65.0.1 redis redis.shop\n# localprocess-k8s one end\n';

test('adds a marked block, one line for a service, and takes it away again', () => {
  const text = '127.0.0.1 localhost\n';
  const written = withBlock(text, 'one', entries);
  expect(written).toBe(text + block);
  expect(withBlock(written, 'one', [])).toBe(text);
});

test('replaces the block of its own session only', () => {
  const both = withBlock(withBlock('a\n', 'one', entries), 'two', entries);
  const changed = withBlock(both, 'one', [{ address: '127.65.0.9', hostnames: ['web'] }]);
  expect(changed.match(/one begin/g)).toHaveLength(1);
  expect(changed).toContain('127.65.0.9 web\n');
  expect(withBlock(changed, 'one', [])).toBe(withBlock('a\n', 'two', entries));
});

const originals = [
  '',
  '\n',
  '127.0.0.1 localhost',
  '127.0.0.1 localhost\n',
  '127.0.0.1 localhost\r\n',
  '127.0.0.1 localhost\r\n::1 x',
  '# comment\n\n\n\t127.0.0.1\tlocalhost  \n\n',
  'latin1 \xe9\xff \x00 bytes\n',
  '# localprocess-k8s one beginning\n127.0.0.1 x\n',
];

test.each(originals)('gives back %j to the byte, whichever of three sessions ends first', (original) => {
  const orders = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'];
  for (const order of orders) {
    let text = ['a', 'b', 'c'].reduce((before, session) => withBlock(before, session, entries), original);
    for (const session of order) {
      text = withBlock(text, session, []);
      expect(text).not.toContain(`k8s ${session} begin`);
    }
    expect(text).toBe(original);
  }
});

test('keeps what others added around and behind the block', () => {
  const written = withBlock('127.0.0.1 localhost', 'one', entries);
  expect(withBlock(`10.0.0.1 before\n${written}10.0.0.2 after\n`, 'one', [])).toBe(
    '10.0.0.1 before\n127.0.0.1 localhost\n10.0.0.2 after\n',
  );
});

test('of a block whose end somebody removed only the mark is taken away', () => {
  expect(withBlock('a\n# localprocess-k8s one begin\n10.0.0.1 precious\n', 'one', [])).toBe(
    'a\n10.0.0.1 precious\n',
  );
});
