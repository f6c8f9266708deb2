import net, { type AddressInfo } from 'node:net';

/** A server on a free port (or `port`) of `host`, closed with its connections when disposed. */
export async function serve(
  host: string,
  onConnection: (socket: net.Socket) => void,
  port = 0,
): Promise<AsyncDisposable & { port: number; sockets: Set<net.Socket> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Sends back what comes, and its end. */
export function echo(socket: net.Socket): void {
  socket.pipe(socket);
}

/** What a connection to `host`:`port` brings until its end, after `text` has been sent and ended; the error's code if it fails. */
export function ask(host: string, port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, allowHalfOpen: true });
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.end(text);
  });
}
