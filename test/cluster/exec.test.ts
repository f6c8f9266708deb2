import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { WebSocketServer, type WebSocket } from 'ws';
import { Api } from '../../adapter/cluster/api.ts';
import { execInPod } from '../../adapter/cluster/exec.ts';
import { parseEnviron } from '../../adapter/cluster/originalEnvironment.ts';

const frame = (channel: number, data: string | Buffer) =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(data)]);
const success = frame(3, '{"metadata":{},"status":"Success"}');
const failure = (message: string) => frame(3, JSON.stringify({ status: 'Failure', message }));

/** An API server that lets `run` speak in the place of the container; `refuse` answers the upgrade instead. */
async function apiServer(
  run: (socket: WebSocket) => void,
  refuse?: { status: string; body: string },
): Promise<{ api: Api; asked: Promise<string> } & AsyncDisposable> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const asked = new Promise<string>((resolve) => {
    server.on('upgrade', (request: IncomingMessage, socket, head) => {
      resolve(request.url ?? '');
      if (refuse) socket.end(`HTTP/1.1 ${refuse.status}\r\nconnection: close\r\n\r\n${refuse.body}`);
      else sockets.handleUpgrade(request, socket, head, run);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
  const connection = { config, server: url, context: 'c', namespace: 'shop' };
  return {
    api: new Api(connection, 5),
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

const options = {
  namespace: 'shop',
  pod: 'web-1',
  container: 'web',
  command: ['cat', '/proc/self/environ'],
  limit: 100,
};
const run = (api: Api, signal: AbortSignal = AbortSignal.timeout(10_000)) => execInPod(api, options, signal);

test('gives what the command prints, of however many frames', async () => {
  await using server = await apiServer((socket) => {
    for (const part of [frame(1, ''), frame(1, 'A=1\0'), frame(2, 'hm'), frame(1, 'B=\n'), success])
      socket.send(part);
  });
  expect((await run(server.api)).toString()).toBe('A=1\0B=\n');
  expect(await server.asked).toBe(
    '/api/v1/namespaces/shop/pods/web-1/exec?container=web&stdout=true&stderr=true&command=cat&command=%2Fproc%2Fself%2Fenviron',
  );
});

test.each<[string, (socket: WebSocket) => void, RegExp]>([
  [
    'the image has no such command',
    (socket) => socket.send(failure('exec: "cat": not found')),
    /^exec: "cat": not found$/,
  ],
  [
    'the command fails: in its own words',
    (socket) => {
      socket.send(frame(2, 'cat: no such file\n'));
      socket.send(failure('command terminated with non-zero exit code'));
    },
    /^cat: no such file$/,
  ],
  ['it prints too much', (socket) => socket.send(frame(1, 'x'.repeat(101))), /more than 100 bytes/],
  ['the connection ends early', (socket) => socket.close(), /ended before the command did/],
  ['the status is no status', (socket) => socket.send(frame(3, 'oh')), /^oh$/],
])('fails when %s', async (_case, speak, words) => {
  await using server = await apiServer(speak);
  await expect(run(server.api)).rejects.toThrow(words);
});

test('a refusal has the words of the API server', async () => {
  await using server = await apiServer(() => undefined, {
    status: '403 Forbidden',
    body: '{"kind":"Status","message":"pods \\"web-1\\" is forbidden"}',
  });
  await expect(run(server.api)).rejects.toMatchObject({
    statusCode: 403,
    message: 'pods "web-1" is forbidden',
  });
});

test('ends with the signal, also while the command says nothing', async () => {
  const abort = new AbortController();
  await using server = await apiServer(() => abort.abort(new Error('stopped')));
  await expect(run(server.api, abort.signal)).rejects.toThrow('stopped');
});

test('an environment is read as the kernel keeps it', () => {
  expect(parseEnviron('A=1\0EMPTY=\0B=x=y\nz\0Ü=é\0=C:=C:\\\0nonsense\0')).toEqual({
    A: '1',
    EMPTY: '',
    B: 'x=y\nz',
    Ü: 'é',
  });
});
