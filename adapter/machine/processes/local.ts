import net from 'node:net';
import { systemCode } from '../../errors.ts';
import { socketsOn, waitForListener } from './sockets.ts';

/** Where the process on a port was found last: the way that most connections take, without a look at the table. */
const lastAddress = new Map<number, string>();

/**
 * Connects to the local process on `port`, at the address it listens on, of either family. While nobody
 * listens, waits up to `holdSeconds` (0: not at all) for the process to come (back). The socket allows
 * half-open connections and sends without delay.
 * @throws the connection's system error, `ECONNREFUSED` when nobody listened in time, or the signal's reason.
 */
export async function connectLocal(
  port: number,
  options: { holdSeconds: number; signal: AbortSignal },
): Promise<net.Socket> {
  const deadline = AbortSignal.timeout(Math.round(options.holdSeconds * 1000));
  const signal = AbortSignal.any([options.signal, deadline]);
  for (;;) {
    options.signal.throwIfAborted();
    const address = lastAddress.get(port) ?? (await addressOf(port));
    try {
      if (address) return await connect(address, port, options.signal);
    } catch (error) {
      lastAddress.delete(port);
      options.signal.throwIfAborted();
      // It listens somewhere else now, or not at all: the table tells. Anything but a refusal is an answer.
      if (systemCode(error) !== 'ECONNREFUSED') throw error;
    }
    await waitForListener(port, { signal }).catch((error: unknown) => {
      options.signal.throwIfAborted();
      throw deadline.aborted ? refused(port) : error;
    });
  }
}

async function addressOf(port: number): Promise<string | undefined> {
  const [socket] = await socketsOn(port);
  if (socket?.address === '0.0.0.0') return '127.0.0.1';
  return socket?.address === '::' ? '::1' : socket?.address;
}

function connect(host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, noDelay: true, allowHalfOpen: true });
    const aborted = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', aborted);
      socket.off('error', reject);
      lastAddress.set(port, host);
      resolve(socket);
    });
    socket.once('close', () => signal.removeEventListener('abort', aborted));
  });
}

/** The error of a connection that nobody takes, with the system's code: it crosses the tunnel as such. */
function refused(port: number): Error {
  const message = `Cannot reach the local process: nobody listens on port "${port}".`;
  return Object.assign(new Error(message), { code: 'ECONNREFUSED' });
}
