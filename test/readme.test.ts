import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { presets } from '../adapter/debugger/presets.ts';
import { roleManifest } from '../adapter/cluster/permissions.ts';
import { codes } from '../adapter/errors.ts';

const readme = readFileSync('README.md', 'utf8');

test('the README prints the Role that a missing permission asks for', () => {
  const printed = /```yaml\n(apiVersion: rbac[^`]*)\n```/.exec(readme)?.[1];
  expect(printed?.replaceAll("'", '"')).toBe(roleManifest('shop'));
});

test('the README says what to do about every error, by its number', () => {
  const rows = [...readme.matchAll(/^\| (\d{3}) +\| ([a-z-]+) +\|/gm)].map(([, number, code]) => [
    code,
    Number(number),
  ]);
  expect(Object.fromEntries(rows)).toEqual(codes);
});

test('the README names every package that the program bundles', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  const missing = Object.keys(dependencies).filter((name) => !readme.includes(name));
  expect(missing).toEqual([]);
});

test('the README and the schema name every type of debugger that is found', () => {
  const [, table = ''] = /## Debuggers\n([^]*?)\n## /.exec(readme) ?? [];
  const schema = readFileSync('schemas/launch.schema.json', 'utf8');
  const [, described = ''] = /Default: (found by `debug\.type` for [^"]*)"/.exec(schema) ?? [];
  for (const type of presets.flatMap(({ types }) => types)) {
    expect(table).toContain(`\`${type}\``);
    expect(described).toMatch(new RegExp(`\\b${type}\\b`));
  }
});
