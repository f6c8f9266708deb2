import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Log } from '../adapter/log.ts';
import { connected, json } from './dap/scripted.ts';
import { FakeLaunch, variables } from './fakeLaunch.ts';

const secret = 'a-secret-of-the-user';

/** A session in which everybody repeats variables, in every way there is. */
async function talkative(trace: boolean): Promise<FakeLaunch> {
  const fake = new FakeLaunch();
  const debug = { type: 'debugpy', request: 'launch', program: 'x.py', env: { OWN: secret } };
  await using there = await connected(fake, { trace, debug, env: { OWN: secret } });
  const { editor, child } = there;
  await child.until(() => child.of('request').length === 2);
  const { arguments: launched } = child.of('request')[1] as { arguments: { env: object } };
  expect(launched.env).toMatchObject({ ...variables, OWN: secret });

  const env = { ...variables, OWN: secret };
  const configuration = { type: 'debugpy', env, nested: [{ environment: [{ name: 'OWN', value: secret }] }] };
  const said = [
    { type: 'response', request_seq: 2, success: true, command: 'launch' },
    { type: 'request', command: 'runInTerminal', arguments: { args: ['x'], cwd: '/', env } },
    { type: 'request', command: 'startDebugging', arguments: { request: 'attach', configuration } },
    { type: 'event', event: 'debugpyAttach', body: { env: [`OWN=${secret}`, `SECRET=${variables.SECRET}`] } },
    { type: 'event', event: 'output', body: { output: `It is ${variables.SECRET} and no other.\n` } },
    { type: 'event', event: 'output', body: { output: 'x'.repeat(5000) } },
    { type: 'event', event: 'last', body: { result: variables.CLUSTER_ONLY } },
  ];
  for (const [index, message] of said.entries()) await child.write(json({ seq: 2 + index, ...message }));
  // A terminal's command is made ready first, so it may come after what was said later.
  const whole = () => editor.of('request').length === 2;
  await editor.until(() => whole() && editor.of('event').some((one) => one.event === 'last'));
  await editor.write(json({ seq: 3, type: 'request', command: 'threads' }));
  await child.until(() => child.of('request').some(({ command }) => command === 'threads'));
  return fake;
}

test('a trace has both conversations, one message a line, and no value of a variable', async () => {
  const { traced } = await talkative(true);
  const lines = traced.map((line) => line.replace(/ +/g, ' '));
  const starts = (start: string) => lines.filter((line) => line.startsWith(start));
  const [first, ...others] = lines;
  expect(first).toBe('editor → adapter request initialize 1 {"adapterID":"debugpy"}');
  for (const start of [
    'adapter → editor response initialize 1→1 {"success":true,"body":{"supports',
    'editor → adapter request launch 2 {"trace":true,"debug":{"type":"debugpy",',
    'adapter → debugger request initialize 1 {"adapterID":"debugpy"}',
    'adapter → debugger request launch 2 {',
    'debugger → adapter response launch 2→2 {"success":true}',
    'debugger → adapter request runInTerminal 3 {',
    'adapter → editor request runInTerminal ',
    'debugger → adapter request startDebugging 4 {',
    'adapter → editor request startDebugging ',
    'debugger → adapter event debugpyAttach 5 {"env":["OWN=<hidden: 20 characters>",',
    'adapter → editor event debugpyAttach ',
    'debugger → adapter event last 8 {"result":"<hidden: 19 characters>"}',
    'editor → adapter request threads 3 {}',
    'adapter → debugger request threads 3 {}',
  ])
    expect({ start, lines: starts(start).length }).toEqual({ start, lines: 1 });
  expect(others.filter((line) => line.includes('"OWN":"<hidden: 20 characters>"')).length).toBeGreaterThan(3);
  expect(lines.filter((line) => /It is <hidden.*and no other/.test(line))).toHaveLength(2);
  // What is long is cut, and its length said.
  expect(lines.filter((line) => /x{1900}… \(50\d\d bytes\)$/.test(line))).toHaveLength(2);

  const all = traced.join('\n');
  for (const value of [secret, 'only-in-the-cluster', 'second', 'third']) expect(all).not.toContain(value);
  expect(all.split('\n')).toHaveLength(traced.length);
});

test('without being asked for there is no trace', async () => {
  expect((await talkative(false)).traced).toEqual([]);
});

test('a log takes what is said after its end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  try {
    const log = new Log('x', join(folder, 'log'));
    log.write('step', 'first');
    await log.close();
    log.write('trace', 'last');
    expect(await readFile(log.path, 'utf8')).toMatch(/ step {7}first\n.* trace {6}last\n$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
