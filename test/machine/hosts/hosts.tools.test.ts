import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { writeHostsBlock } from '../../../adapter/machine/hosts/hosts.ts';
import { firstLine } from '../helper.ts';
import { bundle, temporaryFolder } from '../script.ts';
import { countSteps } from './steps.ts';

const run = promisify(execFile);
const original = '127.0.0.1 localhost\n';
const added = '10.9.9.9 of-the-tool\n';
const mounted = ['unshare', '-m', 'sh', '-c', 'mount --bind "$3" "$3" && exec "$@"', 'sh'];
const onLinux = process.platform === 'linux' ? test : test.skip;
const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** What another program does to the file at path; all of it at once. */
const tools = {
  'appends a line': 'untouched.appendFileSync(path, added);',
  'reads the file and writes it back with a line': `
     untouched.writeFileSync(path, untouched.readFileSync(path, 'latin1') + added);`,
  'replaces the file by one with a line more': `
     untouched.writeFileSync(path + '.tool', untouched.readFileSync(path, 'latin1') + added);
     untouched.renameSync(path + '.tool', path);`,
};

/**
 * For every step of ours: the file as it was, then a change of ours, in which the tool acts before that step,
 * then the end of the session. Prints what the file held after each.
 */
const interrupted = (action: string) => `
${countSteps(`if (steps === step) { ${action} }`)}
const added = ${JSON.stringify(added)};
const lines = [{ address: '127.65.0.1', hostnames: ['redis'] }];
const outcomes = [];
let step = 0;
for (const [from, to] of [[[], lines], [lines, []]]) {
  for (let next = 1, last = false; !last; next++) {
    step = 0;
    untouched.writeFileSync(path, ${JSON.stringify(original)});
    await writeHostsBlock(path, 'one', from);
    steps = 0;
    step = next;
    await writeHostsBlock(path, 'one', to);
    last = steps < next;
    step = 0;
    const changed = untouched.readFileSync(path, 'latin1');
    await writeHostsBlock(path, 'one', []);
    outcomes.push({ next, last, mapped: to.length > 0, changed, ended: untouched.readFileSync(path, 'latin1') });
  }
}
console.log(JSON.stringify(outcomes));
`;

interface Outcome {
  next: number;
  last: boolean;
  mapped: boolean;
  changed: string;
  ended: string;
}

const cases = Object.entries(tools).flatMap(([tool, action]) => [
  { tool, action, where: 'replaced', prefix: [] as string[] },
  // Nobody can replace a mount.
  ...(action.includes('renameSync') ? [] : [{ tool, action, where: 'a mount', prefix: mounted }]),
]);

(process.getuid?.() === 0 ? test : test.skip).each(cases)(
  'another tool $tool between any two steps of ours (the file is $where): nothing of it is lost',
  async ({ action, prefix }) => {
    await using folder = await temporaryFolder();
    const script = join(folder.path, 'writer.mjs');
    await bundle(interrupted(action), script);
    const place = join(folder.path, 'etc');
    await mkdir(place);
    const path = join(place, 'hosts');
    await writeFile(path, original);
    const { stdout } = await run('env', [...prefix, process.execPath, script, path]);
    const outcomes = JSON.parse(stdout) as Outcome[];
    expect(outcomes.length).toBeGreaterThan(30);
    for (const { next, last, mapped, changed, ended } of outcomes) {
      const line = '127.65.0.1 redis # localprocess-k8s one\n';
      const expected = [original, ...(last ? [] : [added]), ...(mapped ? [line] : [])];
      expect({ next, lines: changed.split(/(?<=\n)/).sort() }).toEqual({ next, lines: expected.sort() });
      expect({ next, ended }).toEqual({ next, ended: original + (last ? '' : added) });
    }
    expect(await readdir(place)).toEqual(['hosts']);
  },
  60_000,
);

/** Opens the file, and writes when another has taken its place: what it writes goes to the old one. */
const late = (how: string) => `
  const fs = require('node:fs');
  const path = process.argv[1];
  const before = fs.readFileSync(path);
  const file = fs.openSync(path, '${how}');
  if ('${how}' !== 'a') fs.ftruncateSync(file);
  console.log('open');
  while (fs.statSync(path).ino === fs.fstatSync(file).ino) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  fs.writeSync(file, ('${how}' === 'a' ? '' : before) + ${JSON.stringify(added)});
`;

onLinux.each([
  { tool: 'appends', how: 'a' },
  { tool: 'has emptied the file and writes it again', how: 'r+' },
])('another tool $tool, to the file that has been replaced since it opened it', async ({ how }) => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'hosts');
  await writeFile(path, original);
  const tool = spawn(process.execPath, ['-e', late(how), path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(tool, 'exit');
  expect(await firstLine(tool)).toBe('open');
  await writeHostsBlock(path, 'one', [{ address: '127.65.0.1', hostnames: ['redis'] }]);
  expect(await ended).toEqual([0, null]);
  const lines = (await readFile(path, 'utf8')).split(/(?<=\n)/);
  expect(lines.sort()).toEqual([original, added, '127.65.0.1 redis # localprocess-k8s one\n'].sort());
  await writeHostsBlock(path, 'one', []);
  expect(await readFile(path, 'utf8')).toBe(original + added);
});

/** Appends numbered lines, each with an opening and closing of its own, until its input ends; prints how many. */
const appender = `
  const fs = require('node:fs');
  let count = 0, go = true;
  process.stdin.on('end', () => (go = false)).resume();
  console.log('go');
  (function next() {
    if (!go) return console.log(count);
    fs.appendFileSync(process.argv[1], '10.9.9.9 tool-' + ++count + '\\n');
    setTimeout(next, 1);
  })();
`;

asRoot(
  'another tool appends again and again while three sessions come and go: none of its lines is lost',
  async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'hosts');
    await writeFile(path, original);
    const tool = spawn(process.execPath, ['-e', appender, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    tool.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const ended = once(tool, 'close');
    await once(tool.stdout, 'data');
    const sessions = Promise.all(
      ['one', 'two', 'three'].map(async (session, index) => {
        for (let turn = 0; turn < 8; turn++) {
          const entry = { address: `127.${65 + index}.0.${turn + 1}`, hostnames: [`service-${session}`] };
          await writeHostsBlock(path, session, [entry]);
          expect(await readFile(path, 'utf8')).toContain(
            `service-${session} # localprocess-k8s ${session}\n`,
          );
          if (turn % 2 === 1) await writeHostsBlock(path, session, []);
        }
      }),
    );
    await sessions.finally(() => tool.stdin.end());
    await ended;
    const count = Number(printed.trim().split('\n').at(-1));
    expect(count).toBeGreaterThan(20);
    const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
    const expected = Array.from({ length: count }, (_, index) => `10.9.9.9 tool-${index + 1}`);
    expect(lines.sort()).toEqual(['127.0.0.1 localhost', ...expected].sort());
    expect(await readdir(folder.path)).toEqual(['hosts']);
  },
  60_000,
);
