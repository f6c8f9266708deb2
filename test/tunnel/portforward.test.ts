import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { openPortForward } from '../../adapter/tunnel/portforward.ts';
import { readAll } from '../agent/agentProcess.ts';

const portFrame = (channel: number) => Buffer.from([channel, 80, 0]);
const frame = (channel: number, data: string | Buffer) =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(data)]);

interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly accepted: Promise<WebSocket>;
}

/** The API server's side of the protocol; `refuse` answers the upgrade instead. */
async function apiServer(refuse?: (socket: Duplex, request: IncomingMessage) => void): Promise<ApiServer> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 0 });
  const accepted = new Promise<WebSocket>((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => undefined);
      if (refuse) refuse(socket, request);
      else {
        sockets.handleUpgrade(request, socket, head, (made) => {
          made.on('error', () => undefined);
          resolve(made);
          made.send(portFrame(0));
          made.send(portFrame(1));
        });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = new Set<Duplex>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/portforward?ports=80`,
    accepted,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

const forward = ({ url }: { url: string }, timeoutSeconds = 5) =>
  openPortForward({ url, request: {}, port: 80, timeoutSeconds }, AbortSignal.timeout(10_000));

test('bytes cross both ways, the channel and port bytes do not', async () => {
  await using server = await apiServer();
  const stream = await forward(server);
  const socket = await server.accepted;
  expect(socket.protocol).toBe('v4.channel.k8s.io');
  const said = once(socket, 'message');
  stream.cork();
  stream.write('one ');
  stream.write('frame');
  stream.uncork();
  expect((await said)[0]).toEqual(frame(0, 'one frame'));
  socket.send(frame(0, 'answer'));
  socket.close();
  expect((await readAll(stream)).toString()).toBe('answer');
});

test("an error of the port-forward has the kubelet's words", async () => {
  await using server = await apiServer();
  const stream = await forward(server);
  (await server.accepted).send(frame(1, 'connection refused\n'));
  await expect(readAll(stream)).rejects.toThrow('Cannot forward port 80: connection refused');
});

test.each([
  [403, { kind: 'Status', message: 'pods "x" is forbidden' }, 'pods "x" is forbidden', false],
  [404, { kind: 'Status', message: 'pods "x" not found' }, 'pods "x" not found', true],
  [502, 'bad gateway', 'bad gateway', false],
  [401, '', 'status 401', false],
])('a refused upgrade says why: %s', async (status, body, message, fatal) => {
  await using server = await apiServer((socket) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    socket.end(`HTTP/1.1 ${String(status)} No\r\nContent-Length: ${String(text.length)}\r\n\r\n${text}`);
  });
  await expect(forward(server)).rejects.toMatchObject({
    message: expect.stringContaining(message) as unknown,
    statusCode: status,
    fatal,
  });
});

test('a server that never answers, and one that is not there', async () => {
  {
    await using server = await apiServer(() => undefined);
    await expect(forward(server, 0.2)).rejects.toThrow('timed out');
    const controller = new AbortController();
    const opening = openPortForward({ url: server.url, request: {}, port: 80 }, controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(opening).rejects.toThrow('cancelled');
  }
  await expect(forward({ url: 'ws://127.0.0.1:9/portforward' })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('a reader that stops stops the server', async () => {
  await using server = await apiServer();
  const stream = await forward(server);
  const socket = await server.accepted;
  const chunk = frame(0, Buffer.alloc(1024 * 1024));
  let sent = 0;
  const stalled = new Promise<void>((resolve) => {
    const send = () => {
      const before = sent;
      // Nothing was taken for a while: nobody reads any more.
      const quiet = setTimeout(() => {
        if (sent === before) resolve();
      }, 500);
      socket.send(chunk, (error) => {
        clearTimeout(quiet);
        if (error) return;
        sent += 1;
        send();
      });
    };
    send();
  });
  await stalled;
  expect(sent).toBeLessThan(40);
  const before = sent;
  stream.resume();
  while (sent < before + 40) await once(stream, 'data');
  stream.destroy();
});

test('a server that stops reading stops the writer', async () => {
  await using server = await apiServer();
  const stream = await forward(server);
  stream.on('error', () => undefined);
  const socket = await server.accepted;
  socket.pause();
  let written = 0;
  while (written < 200) {
    written += 1;
    if (stream.write(Buffer.alloc(1024 * 1024))) continue;
    const drained = await Promise.race([
      once(stream, 'drain').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500)),
    ]);
    if (!drained) break;
  }
  expect(written).toBeLessThan(40);
  stream.destroy();
});

test('destroying the stream closes the connection, a connection that breaks closes the stream', async () => {
  await using server = await apiServer();
  const stream = await forward(server);
  const socket = await server.accepted;
  stream.destroy();
  await once(socket, 'close');
  await using other = await apiServer();
  const broken = await forward(other);
  broken.on('error', () => undefined).resume();
  (await other.accepted).terminate();
  await once(broken, 'close');
});
