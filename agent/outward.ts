import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import { answer } from './answers.ts';
import { headers } from './protocol.ts';
import type { Redirect } from './redirect.ts';
import { resetsPath, serveResets } from './resets.ts';
import { resetStream, splice } from './splice.ts';

/** Serves an outward session: connections into the cluster, and the adapter's requests. */
export function serveOutward(session: ServerHttp2Session, redirect: Redirect): void {
  const dialled = new Map<number, ServerHttp2Stream>();
  session.on('stream', (stream, request) => {
    stream.on('error', () => undefined);
    if (request[':method'] === 'CONNECT') {
      const id = stream.id ?? 0;
      dialled.set(id, stream);
      stream.once('close', () => dialled.delete(id));
      dial(stream, request[':authority'] ?? '');
    } else if (request[':path'] === resetsPath) serveResets(stream, dialled);
    else void answer(stream, request, redirect);
  });
}

/** Connects `stream` to `host:port`; a failure crosses the tunnel as the system's code. */
function dial(stream: ServerHttp2Stream, authority: string): void {
  const colon = authority.lastIndexOf(':');
  const host = authority.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(authority.slice(colon + 1));
  if (colon < 1 || !(port > 0 && port < 65536)) {
    refuse(stream, 'EINVAL');
    return;
  }
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  const failed = (error: NodeJS.ErrnoException) => refuse(stream, error.code ?? 'EIO');
  const left = () => socket.destroy();
  socket.once('error', failed);
  stream.once('close', left);
  socket.once('connect', () => {
    socket.off('error', failed);
    stream.off('close', left);
    if (!stream.closed) stream.respond({ ':status': 200 });
    splice(socket, stream, { reset: resetStream });
  });
}

function refuse(stream: ServerHttp2Stream, code: string): void {
  if (stream.closed) return;
  stream.respond({ ':status': 502, [headers.error]: code }, { endStream: true });
  // The adapter ends its side when it reads this; what it sent before is nobody's.
  stream.resume();
}
