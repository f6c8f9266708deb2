import { expect, test } from '@jest/globals';
import {
  ancestorsOf,
  familyOf,
  parseTable,
  readKinship,
} from '../../../adapter/machine/processes/kinship.ts';
import { run } from './occupant.ts';

test('knows the ancestors of this process, and what descends from it', async () => {
  await using parent = await run(`
    const child = require('node:child_process').spawn('sleep', ['1000']);
    console.log(child.pid);
    process.on('exit', () => child.kill());
    process.on('SIGTERM', () => process.exit());`);
  const [child = 0] = parent.said;
  const kinship = await readKinship();
  expect(ancestorsOf(child, kinship).slice(0, 2)).toEqual([parent.pid, process.pid]);
  expect(familyOf([parent.pid], kinship)).toEqual(new Set([parent.pid, child]));
  expect(familyOf([process.pid], kinship)).toContain(child);
  parent.child.kill();
  await parent.ended;
});

test('reads what ps prints, and survives a circle', () => {
  const kinship = parseTable('    1     0     1\n  200     1   200\n  201   200   200\n');
  expect(ancestorsOf(201, kinship)).toEqual([200, 1]);
  expect(ancestorsOf(5, parseTable('5 6 1\n6 5 1\n'))).toEqual([6, 5]);
});
