import { once } from 'node:events';
import { createServer, get, type Agent as KeepAlive } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP server that answers its name; `/slow` takes 300 ms, `/chunked` two writes. */
export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  /** The `Connection` header of each request so far. */
  readonly connectionHeaders: (string | undefined)[];
  /** Ends at once, resetting what is open: as if its process were killed. */
  kill(): Promise<void>;
}

export async function serve(name: string): Promise<HttpServer> {
  const connectionHeaders: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    connectionHeaders.push(incoming.headers.connection);
    if (incoming.url === '/slow') {
      response.write(name);
      setTimeout(() => response.end('!'), 300);
    } else incoming.resume().on('end', () => response.end(name));
  });
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kill = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    connectionHeaders,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

export interface Answer {
  body: string;
  reused: boolean;
}

/** One GET; rejects when it fails in any way. */
export function ask(port: number, options: { path?: string; keep?: KeepAlive } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { path = '/', keep = false } = options;
    const made = get({ host: '127.0.0.1', port, path, agent: keep }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve({ body, reused: made.reusedSocket }));
      response.once('error', reject);
    });
    made.once('error', reject);
  });
}
