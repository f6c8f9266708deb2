import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import WebSocket from 'ws';

export interface WebSocketOptions {
  /** `wss:` or `ws:`, with its query. */
  url: string;
  /** Credentials, as `KubeConfig.applyToHTTPSOptions` fills them. */
  request: RequestOptions;
  /** Subprotocols, the one wanted most first. */
  protocols: readonly string[];
  /** How long the API server may take to answer, in seconds; default 10. */
  timeoutSeconds?: number | undefined;
}

/** An upgrade that the API server refused, in its own words. */
export class UpgradeError extends Error {
  readonly statusCode: number;

  constructor(message: string, statusCode: number) {
    super(message);
    this.name = 'UpgradeError';
    this.statusCode = statusCode;
  }
}

/** How long the network may be silent before the system asks the API server's machine, in milliseconds. */
const keepAliveMs = 15_000;

/**
 * A WebSocket to the API server, not open yet, so that no frame is missed by whoever listens to it in the same
 * turn; `opened` waits until it is.
 */
export function apiWebSocket({ url, request, protocols, timeoutSeconds = 10 }: WebSocketOptions): WebSocket {
  const secure = url.startsWith('wss:');
  return new WebSocket(url, [...protocols], {
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
}

/** Resolves when the socket is open; rejects with an `UpgradeError`, an error of the network, or the signal's reason. */
export async function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
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
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The API server's refusal of an upgrade, with the message of the `Status` it sends. */
async function refusalOf(response: IncomingMessage): Promise<UpgradeError> {
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
  return new UpgradeError(messageIn(body) ?? `The API server answered with status ${status}.`, status);
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return body.trim() || undefined;
  }
}
