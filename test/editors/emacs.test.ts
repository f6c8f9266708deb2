import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { Emacs } from './emacs.ts';
import { expectGone } from './expectations.ts';
import { expectAsInShop, installed, programs, sample, shopProject, type Sampled } from './project.ts';

// Emacs 30 with dape 0.24, as a person uses them, with the sample as it is.

const cases = [
  { name: 'web-in-the-cluster', ...programs.node },
  { name: 'prices-in-the-cluster', ...programs.python },
  { name: 'stock-in-the-cluster', ...programs.go },
];

test.each(cases)('$name: to a breakpoint, and to the end of the program', async ({ name, path, line }) => {
  await using project = await shopProject();
  await using emacs = await Emacs.start(project.folder, project.env);
  const file = join(project.folder, path);
  await emacs.evaluate(`(drive-breakpoint "${file}" ${line})`);
  await emacs.evaluate(`(drive-start '${name} "${file}")`);
  expect(await emacs.says('stopped', '(drive-stopped)')).toBe(`("${file}" ${line})`);
  expect(await emacs.says('value', '(drive-value "total")')).toBe('"42"');
  await emacs.evaluate('(drive-continue)');
  await emacs.says('ended', '(drive-ended)');
  expect(await emacs.evaluate('(drive-console)')).toContain('total 42');
});

test('the sample says what the shop’s launch.json says', async () => {
  await using project = await shopProject();
  await using emacs = await Emacs.start(project.folder, project.env);
  for (const { name, path } of cases) {
    const file = join(project.folder, path);
    await emacs.evaluate(`(find-file "${file}")`);
    const json = JSON.parse(await emacs.evaluate(`(drive-arguments '${name} "${file}")`)) as string;
    expectAsInShop(JSON.parse(json) as Sampled, project.folder);
  }
});

test('stopped on a breakpoint, nothing is left', async () => {
  await using project = await shopProject();
  await using emacs = await Emacs.start(project.folder, project.env);
  const { path, line } = programs.node;
  const file = join(project.folder, path);
  await emacs.evaluate(`(drive-breakpoint "${file}" ${line})`);
  await emacs.evaluate(`(drive-start 'web-in-the-cluster "${file}")`);
  await emacs.says('stopped', '(drive-stopped)');
  const family = await emacs.started();
  expect(family.length).toBeGreaterThan(1);
  await emacs.evaluate('(drive-quit)');
  await emacs.says('ended', '(drive-ended)');
  await expectGone(family);
});

test('the sample compiles without a warning', async () => {
  await using project = await shopProject();
  const copy = join(project.folder, 'localprocess-k8s.el');
  await copyFile(sample('dape', 'localprocess-k8s.el'), copy);
  const strict = ['-Q', '--batch', '--eval', '(setq byte-compile-error-on-warn t)'];
  const compile = [...strict, '-f', 'batch-byte-compile', copy];
  await promisify(execFile)(join(installed, 'bin', 'emacs'), compile, { env: project.env });
});
