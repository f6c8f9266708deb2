import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mainScript, root } from './f5.ts';

/** An adapter that listens for clients. */
export interface ListeningAdapter extends AsyncDisposable {
  /** Sends bytes; resolves with what came back when the adapter has closed the connection, or said `enough`. */
  send(bytes: string, enough?: string): Promise<string>;
}

export async function listeningAdapter(): Promise<ListeningAdapter> {
  const adapter = spawn(process.execPath, [mainScript, '--listen', '0'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = (await once(createInterface({ input: adapter.stderr }), 'line')) as [string];
  const port = Number(/^Listening on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
  return {
    async send(bytes, enough) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.setEncoding('utf8').write(bytes);
      let reply = '';
      for await (const text of socket) {
        reply += String(text);
        if (enough !== undefined && reply.includes(enough)) break;
      }
      return reply;
    },
    [Symbol.asyncDispose]: async () => {
      adapter.kill();
      if (adapter.exitCode === null && adapter.signalCode === null) await once(adapter, 'exit');
    },
  };
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder that is removed at the end. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'refusals-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
