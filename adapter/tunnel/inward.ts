import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { headers } from '../../agent/protocol.ts';
import { resetsPath, serveResets } from '../../agent/resets.ts';
import { resetStream, splice, type Gate } from '../../agent/splice.ts';
import { systemCode } from '../errors.ts';

export type Accept = (remotePort: number, signal: AbortSignal) => Promise<Socket>;

/** Serves an inward session, whose bytes go through `gate`: each connection goes where `accept` says. */
export function serveInward(session: ServerHttp2Session, gate: Gate, accept: Accept): void {
  const accepted = new Map<number, ServerHttp2Stream>();
  session.on('stream', (stream, request) => {
    stream.on('error', () => undefined);
    if (request[':path'] === resetsPath) {
      serveResets(stream, accepted);
      return;
    }
    const id = stream.id ?? 0;
    accepted.set(id, stream);
    stream.once('close', () => accepted.delete(id));
    const authority = request[':authority'] ?? '';
    const remotePort = Number(authority.slice(authority.lastIndexOf(':') + 1));
    void connect(stream, gate, (signal) => accept(remotePort, signal));
  });
}

async function connect(
  stream: ServerHttp2Stream,
  gate: Gate,
  accept: (signal: AbortSignal) => Promise<Socket>,
): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort(new Error('The client has gone.'));
  stream.once('close', leave);
  let socket: Socket;
  try {
    socket = await accept(left.signal);
  } catch (error) {
    if (stream.closed) return;
    stream.respond({ ':status': 502, [headers.error]: systemCode(error) ?? 'EIO' }, { endStream: true });
    // The agent ends its side when it reads this; what it sent before is nobody's.
    stream.resume();
    return;
  } finally {
    stream.off('close', leave);
  }
  socket.setNoDelay(true);
  socket.allowHalfOpen = true;
  if (!stream.closed) stream.respond({ ':status': 200 });
  splice(socket, stream, { reset: resetStream, gate });
}
