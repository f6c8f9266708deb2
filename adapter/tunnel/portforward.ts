import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import WebSocket from 'ws';

export interface PortForwardOptions {
  /** `wss://<server>/api/v1/namespaces/<namespace>/pods/<pod>/portforward?ports=<port>` */
  url: string;
  /** Credentials, as `KubeConfig.applyToHTTPSOptions` fills them. */
  request: RequestOptions;
  /** The pod's port, as in the URL; for messages. */
  port: number;
  /** How long the API server may take to answer, in seconds; default 10. */
  timeoutSeconds?: number;
}

/** A port-forward that the API server refused. */
export class PortForwardError extends Error {
  /** The HTTP status, when it was the upgrade that was refused. */
  readonly statusCode: number | undefined;
  /** The pod is gone: trying again is useless. */
  readonly fatal: boolean;

  constructor(message: string, statusCode?: number) {
    super(message);
    this.name = 'PortForwardError';
    this.statusCode = statusCode;
    this.fatal = statusCode === 404;
  }
}

/** Channels of the `v4.channel.k8s.io` protocol for one port (kubelet, portforward/websocket.go). */
const dataChannel = 0;
const errorChannel = 1;

/** How long the network may be silent before the system asks the API server's machine, in milliseconds. */
const keepAliveMs = 15_000;

/**
 * Opens a byte stream to a port of a pod, through the API server. Rejects with a `PortForwardError` that has the
 * server's own words and `statusCode` when it refuses, `fatal` when the pod does not exist.
 */
export async function openPortForward(options: PortForwardOptions, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const { url, request, port, timeoutSeconds = 10 } = options;
  const secure = url.startsWith('wss:');
  const socket = new WebSocket(url, ['v4.channel.k8s.io'], {
    // The typings of ws and of Node disagree about details that applyToHTTPSOptions never sets.
    ...(request as object),
    perMessageDeflate: false,
    maxPayload: 0,
    skipUTF8Validation: true,
    handshakeTimeout: timeoutSeconds * 1000,
    // A zero key lets ws skip the masking. RFC 6455 5.3 wants it unpredictable so that nobody can make caches
    // on the way see a request of their choice; inside TLS there is no such cache.
    ...(secure ? { generateMask: (mask: Buffer) => void mask.fill(0) } : {}),
  });
  const stream = new PortForward(socket, port);
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await opened(socket);
  } catch (error) {
    stream.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return stream;
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('upgrade', ({ socket: tcp }: { socket: Socket }) => tcp.setKeepAlive(true, keepAliveMs));
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      void refusalOf(response).then((error) => {
        reject(error);
        socket.terminate();
      });
    });
  });
}

/** The API server's refusal of an upgrade, with the message of the `Status` it sends. */
async function refusalOf(response: IncomingMessage): Promise<PortForwardError> {
  const status = response.statusCode ?? 0;
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      body += String(chunk);
      if (body.length > 64 * 1024) break;
    }
  } catch {
    // What there is of it has to do.
  }
  return new PortForwardError(messageIn(body) ?? `The API server answered with status ${status}.`, status);
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return body.trim() || undefined;
  }
}

/** The data channel of one forwarded port. There is no half-close in the protocol: ending closes. */
class PortForward extends Duplex {
  readonly #socket: WebSocket;
  /** Channels whose first frame, which holds the port number, has come. */
  readonly #begun = new Set<number>();

  constructor(socket: WebSocket, port: number) {
    super({ allowHalfOpen: false, readableHighWaterMark: 1024 * 1024, writableHighWaterMark: 1024 * 1024 });
    this.#socket = socket;
    socket.on('message', (data) => {
      // `binaryType` is "nodebuffer", so it is one buffer.
      this.#receive(data as Buffer, port);
    });
    // An error before the connection is open is told by `openPortForward`.
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      if (!this.readableEnded) this.push(null);
      // Nobody may be reading: then nothing else would close the stream.
      if (this.readableLength === 0) this.destroy();
    });
    this.on('error', () => undefined);
  }

  #receive(frame: Buffer, port: number): void {
    const channel = frame[0] ?? -1;
    if (!this.#begun.has(channel)) {
      this.#begun.add(channel);
      return;
    }
    if (channel === dataChannel) {
      if (!this.push(frame.subarray(1))) this.#socket.pause();
    } else if (channel === errorChannel && frame.length > 1) {
      const words = frame.toString('utf8', 1).trim();
      this.destroy(new PortForwardError(`Cannot forward port ${port}: ${words}`));
    }
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send([chunk], chunk.length, done);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const parts = chunks.map(({ chunk }) => chunk);
    this.#send(
      parts,
      parts.reduce((sum, part) => sum + part.length, 0),
      done,
    );
  }

  /** One frame of all `parts`: the channel byte costs a copy in any case. */
  #send(parts: Buffer[], length: number, done: (error?: Error | null) => void): void {
    const frame = Buffer.allocUnsafe(length + 1);
    frame[0] = dataChannel;
    let offset = 1;
    for (const part of parts) offset += part.copy(frame, offset);
    this.#socket.send(frame, { binary: true }, (error) => done(error));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }
}
