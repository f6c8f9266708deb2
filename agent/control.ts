import {
  connect,
  createServer,
  type ClientHttp2Session,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer as createListener, type Server, type Socket } from 'node:net';
import {
  longestPreface,
  readPreface,
  refusal,
  sessionOptions,
  widen,
  type AgentConfig,
  type Role,
} from './protocol.ts';

const prefaceSeconds = 10;

export interface Sessions {
  outward: (session: ServerHttp2Session) => void;
  inward: (session: ClientHttp2Session) => void;
}

/** Listens for control connections on the pod's loopback: only a port-forward, or the pod, gets there. */
export function listenForControl(config: AgentConfig, sessions: Sessions): Server {
  // Never listens: it makes sessions of the sockets it is given.
  const http2 = createServer(sessionOptions);
  http2.on('session', (session) => {
    prepare(session);
    sessions.outward(session);
  });
  const begin = (socket: Socket, role: Role) => {
    if (role === 'outward') http2.emit('connection', socket);
    else {
      const session = connect('http://adapter', { ...sessionOptions, createConnection: () => socket });
      prepare(session);
      session.once('connect', () => sessions.inward(session));
    }
  };
  const server = createListener({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onPreface(socket, (line) => {
      const { role, refusal: reason } = readPreface(line, config.tokenSha256);
      if (reason) refuseWith(socket, refusal(role, reason));
      else begin(socket, role);
    });
  });
  return server.listen(config.controlPort, '127.0.0.1');
}

function prepare(session: Http2Session): void {
  session.on('error', () => undefined);
  session.once('remoteSettings', () => {
    if (!session.destroyed) widen(session);
  });
}

/** Calls `then` with the first line of `socket`; what follows it stays to be read. */
function onPreface(socket: Socket, then: (line: string) => void): void {
  let start: Buffer = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), prefaceSeconds * 1000);
  const read = () => {
    for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) {
      start = Buffer.concat([start, chunk]);
    }
    const end = start.indexOf('\n');
    if (end < 0 && start.length <= longestPreface) return;
    socket.off('readable', read);
    clearTimeout(late);
    try {
      if (end < 0 || end > longestPreface) throw new Error('Cannot read the preface: it is too long.');
      if (end + 1 < start.length) socket.unshift(start.subarray(end + 1));
      then(start.toString('latin1', 0, end));
    } catch {
      // No adapter speaks like that.
      socket.destroy();
    }
  };
  socket.on('readable', read);
  socket.once('close', () => clearTimeout(late));
}

/** Says why, and closes once that has been read: closing at once would discard it. */
function refuseWith(socket: Socket, words: Buffer): void {
  const late = setTimeout(() => socket.destroy(), prefaceSeconds * 1000);
  socket.once('close', () => clearTimeout(late));
  socket.once('end', () => socket.destroy());
  socket.end(words);
  socket.resume();
}
