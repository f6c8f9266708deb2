import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DapClient } from './dap/client.ts';
import { buildAdapter, initialize, root } from './harness.ts';

let main: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  main = await buildAdapter(join(root, 'adapter', 'main.ts'));
});
afterAll(async () => {
  await main[Symbol.asyncDispose]();
});

/** A program that answers `initialize`, and then does what is said here. */
const program = (deed: string) => `
  process.stdin.on('data', (data) => {
    const body = '{"seq":1,"type":"response","request_seq":1,"success":true,"command":"initialize"}';
    if (String(data).includes('"initialize"')) process.stdout.write('Content-Length: ' + body.length + '\\r\\n\\r\\n' + body);
    else if (String(data).includes('"launch"')) { ${deed} }
  });`;

test.each([
  [
    'prints a text',
    `process.stdout.write('Traceback (most recent call last):\\n')`,
    /cannot be understood.*"Trace/,
  ],
  [
    'dies within a message',
    `process.stdout.write('Content-Length: 9\\r\\n\\r\\n{', () => process.exit(3))`,
    /within a message/,
  ],
  [
    'dies with a word',
    `process.stderr.write('no memory\\n', () => process.exit(3))`,
    /ended with code 3.*no memory/,
  ],
  ['closes its output and stays', `require('fs').closeSync(1)`, /closed the connection/],
])('a debug adapter that %s: the reason is said, and the program ends well', async (_, deed, reason) => {
  const adapter = [process.execPath, '-e', program(deed)];
  await using client = DapClient.start(process.execPath, [main.path, 'dap', '--adapter', ...adapter]);
  await client.body('initialize', initialize);
  const exited = once(client.process ?? process, 'exit');
  const [launched, threads] = await Promise.all([client.request('launch', {}), client.request('threads')]);
  expect(launched.message).toMatch(reason);
  expect(threads.success).toBe(false);
  expect(await exited).toEqual([0, null]);
});
