import { serveOnStdio, serveOnTcp, type TcpServer } from './dap/server.ts';
import { Session, type SessionOptions } from './session.ts';

/** Serves one editor on standard input and output; resolves when everything is undone. */
export function serveStdio(options: SessionOptions): Promise<void> {
  return serveOnStdio((input, output, framing) => new Session(input, output, { ...options, ...framing }));
}

/** Serves every editor that connects to `port` of 127.0.0.1 (0: a free port), until it is disposed. */
export function serveTcp(port: number, options: SessionOptions): Promise<TcpServer> {
  return serveOnTcp(port, (input, output, framing) => new Session(input, output, { ...options, ...framing }));
}
