import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** A conversation with one editor. */
export interface Conversation {
  /** Resolves when everything has been undone and nothing is left to be said. */
  readonly done: Promise<void>;
  /** Ends it as if the editor had gone. */
  end(): Promise<void>;
}

/** Begins a conversation on two streams; `strict` for those that a web page could reach. */
export type Converse = (input: Readable, output: Writable, options: { strict: boolean }) => Conversation;

/** Talks to one editor on standard input and output. Resolves when it is over, also after SIGINT or SIGTERM. */
export async function serveOnStdio(converse: Converse): Promise<void> {
  const conversation = converse(process.stdin, process.stdout, { strict: false });
  await untilDone(() => conversation.end(), conversation.done);
  // A pipe that the editor keeps open would keep this process alive.
  process.stdin.destroy();
}

/** A DAP server on TCP. */
export interface TcpServer extends AsyncDisposable {
  readonly port: number;
  /** Resolves when the server and its conversations have ended. */
  readonly closed: Promise<void>;
}

/**
 * Talks to every editor that connects to `port` (0: a free one) of 127.0.0.1, each in a conversation of its
 * own. Rejects when the port cannot be listened on.
 */
export async function serveOnTcp(port: number, converse: Converse): Promise<TcpServer> {
  const conversations = new Map<Conversation, Socket>();
  // Whoever says nothing more may still wait for an answer: the conversation ends when it is over.
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const conversation = converse(socket, socket, { strict: true });
    conversations.set(conversation, socket);
    void conversation.done.finally(() => {
      conversations.delete(conversation);
      socket.destroySoon();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const closed = once(server, 'close').then(() => undefined);
  const close = async () => {
    server.close();
    await Promise.all([...conversations.keys()].map((conversation) => conversation.end()));
    await closed;
  };
  void untilDone(close, closed);
  return { port: (server.address() as AddressInfo).port, closed, [Symbol.asyncDispose]: close };
}

/** Turns SIGINT, SIGTERM and SIGHUP into `end` until `done`. */
async function untilDone(end: () => Promise<void>, done: Promise<void>): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => void end();
  for (const name of signals) process.on(name, onSignal);
  try {
    await done;
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
