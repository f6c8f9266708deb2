import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import type { ExposeOptions } from '../../../adapter/machine/services/services.ts';
import { Log } from '../../../adapter/log.ts';
import type { UndoStack } from '../../../adapter/undo.ts';
import { echo, serve } from '../processes/server.ts';

/** A cluster in which every service sends back what it gets, after its own address; notes what was dialled. */
export async function cluster(): Promise<
  AsyncDisposable & { connect: ExposeOptions['connect']; dialled: string[] }
> {
  const server = await serve('127.0.0.1', echo);
  const dialled: string[] = [];
  return {
    dialled,
    connect: (host, port) => {
      dialled.push(`${host}:${port}`);
      return net.connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export interface Said {
  said: string[];
  warned: string[];
}

/** Options for exposing services, and what was said and warned meanwhile. */
export function options(
  undo: UndoStack,
  more: Pick<ExposeOptions, 'mode' | 'connect'> & Partial<ExposeOptions>,
): ExposeOptions & Said {
  const said: string[] = [];
  const warned: string[] = [];
  return {
    session: 'test',
    clusterDomains: ['cluster.local'],
    homeNamespace: 'shop-of-test',
    administrator: () => Promise.reject(new Error('No administrator is needed.')),
    undo,
    log: new Log('test', '/dev/null'),
    progress: { step: () => undefined, say: (text) => said.push(text), warn: (text) => warned.push(text) },
    signal: new AbortController().signal,
    said,
    warned,
    ...more,
  };
}

/** What the first word of an answer is to another user who says hello; the error's code if there is none. */
export async function askAs(uid: number, address: string, port: number): Promise<string> {
  const program = `
    const socket = require('node:net').connect(${port}, '${address}');
    socket.on('error', (error) => console.log(error.code)).on('data', (data) => { console.log(String(data)); socket.destroy(); });
    socket.write('hello');`;
  const child = spawn(process.execPath, ['-e', program], {
    uid,
    gid: uid,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let words = '';
  child.stdout.on('data', (chunk: Buffer) => (words += chunk.toString()));
  await once(child, 'close');
  return words.trim();
}
