import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { headers, type PodSight } from './protocol.ts';
import type { Redirect } from './redirect.ts';
import { resetsPath, serveResets } from './resets.ts';
import { onEnd, resetStream, splice } from './splice.ts';

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

async function answer(
  stream: ServerHttp2Stream,
  request: IncomingHttpHeaders,
  redirect: Redirect,
): Promise<void> {
  const reply = (status: number, body?: unknown) => {
    if (stream.closed) return;
    stream.respond({ ':status': status });
    stream.end(body === undefined ? undefined : JSON.stringify(body));
  };
  try {
    const body = await readBody(stream);
    switch (`${request[':method'] ?? ''} ${request[':path'] ?? ''}`) {
      case 'GET /pod':
        reply(200, await readPod());
        break;
      case 'GET /state':
        reply(200, redirect.state);
        break;
      case 'POST /join':
        await redirect.join();
        reply(204);
        break;
      case 'POST /leave':
        reply(200, redirect.leave(readOriginals(body)));
        break;
      default:
        reply(404, { message: 'Cannot answer: no such request.' });
    }
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    reply(500, { code, message });
  }
}

async function readPod(): Promise<PodSight> {
  // An image may have no such file; then nothing is searched.
  const resolver = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const lines = resolver.split('\n').map((line) => line.trim().split(/\s+/));
  // Of several lines the last counts, see resolv.conf(5).
  const [, ...searches] = lines.filter(([keyword]) => keyword === 'search').at(-1) ?? [];
  return { environment: process.env, searches };
}

function readBody(stream: ServerHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    onEnd(stream, () => resolve(body));
    stream.once('close', () => reject(new Error('The request was broken off.')));
  });
}

function readOriginals(body: string): string[] {
  const { originals } = JSON.parse(body) as { originals?: unknown };
  if (Array.isArray(originals) && originals.every((each) => typeof each === 'string')) return originals;
  throw new Error('Cannot leave: "originals" is not a list of addresses.');
}
