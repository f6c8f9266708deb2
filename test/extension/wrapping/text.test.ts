import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readEnvFile, type EnvFile } from '../../../extension/wrapping/envFile.ts';
import { localProcesses, parseProcesses } from '../../../extension/wrapping/processes.ts';
import { splitWords } from '../../../extension/wrapping/words.ts';
import { temporaryFolder } from '../../machine/script.ts';
import { write } from './editor.ts';

async function read(text: string, grammar: EnvFile['grammar'], known?: Record<string, unknown>) {
  await using folder = await temporaryFolder();
  await write(folder.path, { '.env': text });
  return await readEnvFile({ path: join(folder.path, '.env'), grammar, ...(known && { known }) });
}

test.each<[string, EnvFile['grammar'], Record<string, string>]>([
  ['A=1\r\n\r\n# A=2\n B = two words  \nno variable', 'python', { A: '1', B: 'two words' }],
  [`A="a\\nb"\nB='a\\nb'\nC="open\nD=`, 'python', { A: 'a\nb', B: 'a\nb', C: '"open', D: '' }],
  ['1A=1\n_A=1\nA.B=1\nexport C=1', 'python', { _A: '1' }],
  ['export A=1\nB.C-D=2\n  E  =3', 'go', { A: '1', 'B.C-D': '2', E: '3' }],
  [`A="a\\nb"\nB='a\\nb'\nC="open\nD=a'`, 'go', { A: 'a\nb', B: 'a\\nb', C: 'open', D: 'a' }],
  ['\uFEFFA=1\nexport B=2\nC=${A}', 'cpptools', { A: '1', C: '${A}' }],
  ['A=x=y # z', 'cpptools', { A: 'x=y # z' }],
])('%j as %s', async (text, grammar, expected) => {
  expect(await read(text, grammar)).toEqual(expected);
});

test.each(['python', 'go'] as const)('what stands for other variables: %s', async (grammar) => {
  const text = 'A=1\nB=${A}${KNOWN}${NOBODY}\nC=\\${A} ${A}\nD=${A} ${1}\nE=${A B}\nF=$A\nG=\\$5';
  expect(await read(text, grammar, { KNOWN: 'k', A: 'not this' })).toEqual({
    A: '1',
    B: '1k',
    C: '${A} 1',
    D: '${A} ${1}',
    E: '${A B}',
    F: '$A',
    G: '$5',
  });
});

test.each([
  ['', []],
  ['  ', []],
  [' a  b ', ['a', 'b']],
  [`-d'' ''-d ''`, ['-d', '-d', '']],
  [`"a b"'c d'`, ['a bc d']],
  [`a\\"b 'it\\'s'`, ['a"b', "it's"]],
  ['C:\\x \\\\', ['C:\\x', '\\\\']],
])('the words of %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test.each([`a "b`, `a 'b "`, '"'])('%j has no end', (text) => {
  expect(() => splitWords(text)).toThrow(/is not closed/);
});

test('the processes of this machine, without this one', async () => {
  const child = spawn('sleep', ['60']);
  const exited = once(child, 'exit');
  try {
    await once(child, 'spawn');
    const all = await localProcesses(process.platform);
    expect(all.find(({ pid }) => pid === child.pid)).toEqual({
      pid: child.pid,
      name: 'sleep',
      command: 'sleep 60',
    });
    expect(all.map(({ pid }) => pid)).not.toContain(process.pid);
    expect(all.map(({ name }) => name)).not.toContain('ps');
    const ids = all.map(({ pid }) => pid);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
});

test('a system that does not tell its processes', async () => {
  // There is no PowerShell here.
  await expect(localProcesses('win32')).rejects.toThrow(
    /^Cannot list the processes of this machine: .*ENOENT.* Name the one to attach to with "processId" in "debug"\.$/,
  );
});

test('what Windows prints of processes', () => {
  const text =
    '4 System\r\n12 "C:\\Program Files\\nodejs\\node.exe" server.js\r\n 7 C:\\w\\dlv.EXE dap\r\n\r\n';
  expect(parseProcesses(text, 'win32')).toEqual([
    { pid: 12, name: 'node', command: '"C:\\Program Files\\nodejs\\node.exe" server.js' },
    { pid: 7, name: 'dlv', command: 'C:\\w\\dlv.EXE dap' },
    { pid: 4, name: 'System', command: 'System' },
  ]);
});
