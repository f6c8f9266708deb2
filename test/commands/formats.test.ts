import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { formats, UnwritableValue } from '../../adapter/commands/formats.ts';

/** What shells, parsers and people stumble over. */
const values: Record<string, string> = {
  PLAIN: 'production',
  EMPTY: '',
  SPACES: '  two  before and after  ',
  HASH: 'before # after',
  EQUALS: '=a=b=',
  SINGLE: "it's",
  DOUBLE: 'say "yes"',
  BACKTICK: '`id`',
  BOTH_QUOTES: `it's "this"`,
  DOLLAR: '$HOME ${HOME} $(id) $$',
  BACKSLASHES: 'C:\\new\\table\\\\ \\',
  LITERAL_N: "it's \\n, not a line",
  LINES: 'first\nsecond\n\nfourth\n',
  CERTIFICATE: '-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n',
  TAB: 'a\tb',
  NON_ASCII: 'Grüße, 你好, 🦊, “quotes” ‘single’',
  BANG: '!history !!',
  PERCENT: '%PATH% 100%',
  GLOB: '* ? [a-z] ~ {a,b}',
  EXPORT: 'export X=1',
  LONG: 'x\'"`$\\\n'.repeat(64).replaceAll('`', '').replaceAll("'", '') + 'é'.repeat(32 * 1024),
};
const carriage = { CARRIAGE: 'a\r\nb\rc' };

/** The variables of a process that a shell starts after it has read `text`, by the kernel's own account. */
function afterReading(shell: string, text: string, how: 'eval' | 'dot'): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'localprocess-k8s-test-'));
  try {
    const file = join(folder, 'variables');
    writeFileSync(file, text);
    const read = how === 'eval' ? `eval "$(cat '${file}')"` : `. '${file}'`;
    const environ = execFileSync(shell, ['-c', `${read}; exec cat /proc/self/environ`], {
      env: { PATH: process.env.PATH ?? '', GONE: 'still here' },
    });
    const pairs = environ.toString().split('\0').filter(Boolean);
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each([
  ['sh', 'eval'],
  ['sh', 'dot'],
  ['bash', 'eval'],
  ['bash', 'dot'],
] as const)('shell: %s reads every value exactly, by %s; what is unset goes', (shell, how) => {
  const { text, leftOut } = formats.shell({ ...values, ...carriage, GONE: null });
  const read = afterReading(shell, text, how);
  expect(read).toMatchObject({ ...values, ...carriage });
  expect(read).not.toHaveProperty('GONE');
  expect(leftOut).toEqual([]);
});

test('shell: names that no shell has are left out, and named', () => {
  const { text, leftOut } = formats.shell({ 'spring.url': 'x', 'a-b': 'y', OK: 'z', '0': 'no' });
  expect(text).toBe("export OK='z'\n");
  expect(leftOut.sort()).toEqual(['0', 'a-b', 'spring.url']);
});

test('dotenv: Node.js reads every value exactly', () => {
  const { text, leftOut } = formats.dotenv({ ...values, 'spring.url': 'x y', GONE: null });
  expect(parseEnv(text)).toEqual({ ...values, 'spring.url': 'x y' });
  expect(leftOut).toEqual([]);
});

test.each([
  ['a carriage return', 'a\r\nb'],
  ['all three quotes', `'"\``],
  ['single quote, backtick and backslash-n', "'`\\n"],
])('dotenv: %s is an error that names the variable, not its value', (_, value) => {
  const write = () => formats.dotenv({ FINE: 'x', AWKWARD: value });
  expect(write).toThrow(UnwritableValue);
  expect(write).toThrow(/^Cannot write the variable "AWKWARD" as dotenv: /);
  expect(write).not.toThrow(value);
});

test('json: every value exactly', () => {
  const { text } = formats.json({ ...values, ...carriage, 'a b': 'c', GONE: null });
  expect(JSON.parse(text)).toEqual({ ...values, ...carriage, 'a b': 'c' });
});

test.each([
  ['plain', 'production', "$env:X = 'production'"],
  ['empty', '', "$env:X = ''"],
  ['a single quote', "it's", "$env:X = 'it''s'"],
  ['what expands', '$HOME `n "x" $(id)', `$env:X = '$HOME \`n "x" $(id)'`],
  ['lines', 'a\nb\r\n', '$env:X = "a$([char]10)b$([char]13)$([char]10)"'],
  ['lines with what expands', '$a\n`"', '$env:X = "`$a$([char]10)```""'],
  ['curly quotes, which PowerShell takes for quotes', '‘x’', '$env:X = "$([char]8216)x$([char]8217)"'],
  ['characters beyond the basic plane', '🦊', '$env:X = "$([char]55358)$([char]56714)"'],
])('powershell: %s', (_, value, expected) => {
  expect(formats.powershell({ X: value }).text).toBe(`${expected}\n`);
});

test('powershell: ASCII alone, a line each, whatever the values', () => {
  const { text } = formats.powershell({ ...values, ...carriage });
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(Object.keys(values).length + 1);
  for (const line of lines) expect(line).toMatch(/^\$env:\w+ = (['"])[ -~]*\1$/);
});

test('powershell: names with other characters, and what is unset', () => {
  const { text, leftOut } = formats.powershell({ 'spring.url': 'x', "it's": null, 'a}b': 'no' });
  expect(text).toBe("${env:spring.url} = 'x'\nRemove-Item -ErrorAction Ignore -LiteralPath 'Env:it''s'\n");
  expect(leftOut).toEqual(['a}b']);
});
