import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { installed, programs, sample, shopProject } from './project.ts';
import { Screen } from './screen.ts';

// Helix 25.01, as a person uses it, on a terminal, with the sample as it is.

const cases = [
  { name: 'web', ...programs.node },
  { name: 'prices', ...programs.python },
  { name: 'stock', ...programs.go },
];

/** Escape has been understood: what follows it too soon would be taken for its other half, as of Alt. */
const menuless = /^(?![^]*Debug \(experimental\))/;

test.each(cases)('$name: to a breakpoint, and to the end of the program', async ({ name, path, line }) => {
  await using project = await shopProject();
  const { folder: cwd, env } = project;
  await mkdir(join(cwd, '.helix'));
  await copyFile(sample('helix', 'languages.toml'), join(cwd, '.helix', 'languages.toml'));
  await using helix = Screen.start([join(installed, 'bin', 'hx'), `${path}:${line}`], { cwd, env });
  await helix.shows(/NOR/);
  await helix.press('Space', 'G', 'b');
  await helix.shows(/◯[^]*Debug \(experimental\)/);
  await helix.press('Escape');
  await helix.shows(menuless);
  await helix.enter(`:debug-start ${name}`);
  await helix.shows(/stopped because of breakpoint/);
  await helix.enter(':debug-eval total');
  await helix.shows(/\b42\b/);
  await helix.press('Space', 'G', 'c');
  await helix.shows(/Terminated debugging session and disconnected debugger/);
});
