import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { startForeground } from '../../adapter/commands/foreground.ts';

const node = (source: string) => [process.execPath, '-e', source] as const;

test.each([0, 1, 3, 255])('the command’s exit code is passed on: %d', async (code) => {
  const { exited } = await startForeground(node(`process.exit(${code})`), {});
  expect(await exited).toBe(code);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGKILL', 137],
] as const)('a command ended by %s: %d', async (signal, code) => {
  const running = await startForeground(node('setInterval(() => undefined, 1000)'), {});
  running.kill(signal);
  expect(await running.exited).toBe(code);
});

test('variables go over this machine’s, and null unsets one', async () => {
  process.env.FOREGROUND_TEST = 'machine';
  const check = 'process.exit(process.env.GIVEN === "a\\nb" && !("FOREGROUND_TEST" in process.env) ? 7 : 1)';
  const { exited } = await startForeground(node(check), { GIVEN: 'a\nb', FOREGROUND_TEST: null });
  delete process.env.FOREGROUND_TEST;
  expect(await exited).toBe(7);
});

test('a command that the system refuses to start', async () => {
  const refused = startForeground(['/no/such/file'], {});
  await expect(refused).rejects.toMatchObject({ code: 'command-invalid', message: /"\/no\/such\/file"/ });
});

test('a command that ignores SIGTERM is ended all the same', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ready = `require("net").connect(${port}, "127.0.0.1")`;
  const running = await startForeground(node(`process.on("SIGTERM", () => undefined); ${ready}`), {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => undefined);
  await running.end();
  server.close();
  expect(await running.exited).toBe(137);
});
