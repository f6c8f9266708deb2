import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { buildAdapter, fixture } from '../harness.ts';

let program: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  program = await buildAdapter(fixture('ask.ts'));
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
});

test('at a terminal the user chooses by number; what is no choice is asked again; the command gets the rest', async () => {
  const terminal = execa('script', ['-qec', `'${process.execPath}' '${program.path}'`, '/dev/null'], {
    stdin: 'pipe',
    reject: false,
  });
  let seen = '';
  const shows = (text: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => text.test(seen) && resolve();
      terminal.stdout.on('data', look);
      void terminal.then(() => reject(new Error(`It ended without showing ${String(text)}:\n${seen}`)));
      look();
    });
  terminal.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  await shows(/Stop it\?\s+1 {2}Stop it\s+2 {2}Leave it\s+1–2: /);
  terminal.stdin.write('7\n');
  await shows(/7\s+1–2: /);
  terminal.stdin.write('2\n');
  await shows(/chosen: Leave it/);
  terminal.stdin.write('for you\n');
  await shows(/the command read: for you/);
  expect((await terminal).exitCode).toBe(0);
});

test('where nobody sits at a terminal, nobody is asked', async () => {
  const { stdout } = await execa(process.execPath, [program.path], { input: 'x\n' });
  expect(stdout).toBe('chosen: nobody\nthe command read: x');
});
