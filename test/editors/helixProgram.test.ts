import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { expectGone } from './expectations.ts';
import { installed, programs, sample, shopProject } from './project.ts';
import { Screen } from './screen.ts';

// Helix 25.01, as a person uses it, on a terminal, with the sample as it is.

type Project = Awaited<ReturnType<typeof shopProject>>;

const cases = [
  { name: 'web', ...programs.node },
  { name: 'prices', ...programs.python },
  { name: 'stock', ...programs.go },
];

/** Escape has been understood: what follows it too soon would be taken for its other half, as of Alt. */
const menuless = /^(?![^]*Debug \(experimental\))/;

/** Helix in the project's folder, stopped on a breakpoint. */
async function atBreakpoint(project: Project, { name, path, line }: (typeof cases)[number]): Promise<Screen> {
  const { folder: cwd, env } = project;
  await mkdir(join(cwd, '.helix'));
  await copyFile(sample('helix', 'languages.toml'), join(cwd, '.helix', 'languages.toml'));
  const helix = Screen.start([join(installed, 'bin', 'hx'), `${path}:${line}`], { cwd, env });
  try {
    await helix.shows(/NOR/);
    await helix.press('Space', 'G', 'b');
    await helix.shows(/◯[^]*Debug \(experimental\)/);
    await helix.press('Escape');
    await helix.shows(menuless);
    await helix.enter(`:debug-start ${name}`);
    await helix.shows(/stopped because of breakpoint/);
    return helix;
  } catch (error) {
    await helix[Symbol.asyncDispose]();
    throw error;
  }
}

test.each(cases)('$name: to a breakpoint, and to the end of the program', async (one) => {
  await using project = await shopProject();
  await using helix = await atBreakpoint(project, one);
  await helix.enter(':debug-eval total');
  await helix.shows(/\b42\b/);
  await helix.press('Space', 'G', 'c');
  await helix.shows(/Terminated debugging session and disconnected debugger/);
});

test.each(cases)('$name: stopped on a breakpoint, nothing is left', async (one) => {
  await using project = await shopProject();
  await using helix = await atBreakpoint(project, one);
  const family = await helix.started(/adapter\.mjs/);
  expect(family.length).toBeGreaterThan(1);
  await helix.press('Space', 'G', 't');
  await expectGone(family);
});
