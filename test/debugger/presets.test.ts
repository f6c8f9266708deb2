import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { findDebugger } from '../../adapter/debugger/presets.ts';
import { startDebugger } from '../../adapter/debugger/start.ts';

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});
const { signal } = new AbortController();

test('js-debug is found in the packages of the workspace', async () => {
  const found = await findDebugger('node', undefined, process.cwd());
  expect(found).toMatchObject({ by: 'listening', command: process.execPath });
  expect(JSON.stringify(found)).toContain('vsDebugServer.cjs');
});

test('an interpreter that is named is the only one tried', async () => {
  const debug = { type: 'debugpy', python: ['/no/such/python'] };
  await expect(findDebugger('debugpy', undefined, tmpdir(), debug)).rejects.toMatchObject({
    code: 'debugger-not-installed',
    attribute: 'debug.python',
    message: expect.stringContaining('"/no/such/python"') as unknown as string,
  });
});

test.each([
  ['debugpy', 'pip install debugpy'],
  ['go', 'go install github.com/go-delve'],
  ['cobol', '"debugAdapter"'],
])('%s that is not installed: how to install it', async (type, advice) => {
  process.env.PATH = join(tmpdir(), 'nothing-here');
  const gopath = process.env.GOPATH;
  process.env.GOPATH = '';
  try {
    await expect(findDebugger(type, undefined, tmpdir())).rejects.toMatchObject({
      code: 'debugger-not-installed',
      message: expect.stringContaining(advice) as unknown as string,
    });
  } finally {
    process.env.GOPATH = gopath;
  }
});

test('a debugAdapter that does not exist is named', async () => {
  const adapter = { command: 'no-such-adapter' };
  await expect(findDebugger('x', adapter, tmpdir())).rejects.toMatchObject({
    code: 'debugger-not-installed',
    attribute: 'debugAdapter.command',
  });
});

test('an address where nobody listens is unreachable', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const command = await findDebugger('x', { port }, tmpdir());
  await expect(startDebugger(command, { signal })).rejects.toMatchObject({ code: 'debugger-unreachable' });
});

test('a debugger that dies at start says why', async () => {
  const args = ['-e', 'console.error("cannot: no luck"); process.exit(3)'];
  const command = { by: 'dialling' as const, command: process.execPath, args };
  await expect(startDebugger(command, { signal })).rejects.toMatchObject({
    code: 'debugger-died',
    message: expect.stringMatching(/ended with code 3.*cannot: no luck/) as unknown as string,
  });
});

test('a debugger that never answers is ended', async () => {
  const args = ['-e', 'setInterval(() => {}, 1000)'];
  const command = { by: 'listening' as const, command: process.execPath, args, announces: /never (\d+)/ };
  let pid = 0;
  const options = { signal, startupTimeout: 300, onProcess: (one: number) => (pid = one) };
  await expect(startDebugger(command, options)).rejects.toMatchObject({
    code: 'debugger-died',
    message: expect.stringContaining('within 0.3 s') as unknown as string,
  });
  expect(() => process.kill(pid, 0)).toThrow();
});
