import type { RequestOptions } from 'node:https';
import { Duplex } from 'node:stream';
import type WebSocket from 'ws';
import { apiWebSocket, opened, UpgradeError } from './websocket.ts';

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

/**
 * Opens a byte stream to a port of a pod, through the API server. Rejects with a `PortForwardError` that has the
 * server's own words and `statusCode` when it refuses, `fatal` when the pod does not exist.
 */
export async function openPortForward(options: PortForwardOptions, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const { port } = options;
  const socket = apiWebSocket({ ...options, protocols: ['v4.channel.k8s.io'] });
  const stream = new PortForward(socket, port);
  try {
    await opened(socket, signal);
  } catch (error) {
    stream.destroy();
    throw error instanceof UpgradeError ? new PortForwardError(error.message, error.statusCode) : error;
  }
  return stream;
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
