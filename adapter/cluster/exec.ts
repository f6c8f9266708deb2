import type WebSocket from 'ws';
import { apiWebSocket, opened } from '../tunnel/websocket.ts';
import type { Api } from './api.ts';

export interface ExecOptions {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  /** How much the command may print, in bytes. */
  limit: number;
}

/** Channels of the `v4.channel.k8s.io` and `v5.channel.k8s.io` protocols (apimachinery, util/httpstream/wsstream/doc.go). */
const stdoutChannel = 1;
const stderrChannel = 2;
const statusChannel = 3;

/** How much of what a failed command complains about is kept, in bytes. */
const stderrLimit = 4 * 1024;

/**
 * Runs a command in a container, as `kubectl exec` does, and gives what it prints. Rejects with an `UpgradeError`
 * when the API server refuses, else with an `Error` in the words of the node or the command: the command does not
 * exist, it failed, it printed more than `limit`.
 */
export async function execInPod(api: Api, options: ExecOptions, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const { namespace, pod, container, command, limit } = options;
  const { url, request } = await api.upgrade(`/api/v1/namespaces/${namespace}/pods/${pod}/exec`);
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  const socket = apiWebSocket({
    url: `${url}?${query.toString()}`,
    request,
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  });
  const abort = () => socket.terminate();
  const printed = collect(socket, limit);
  printed.catch(() => undefined); // What `opened` rejects with says more.
  signal.addEventListener('abort', abort, { once: true });
  try {
    await opened(socket, signal);
    return await printed;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.terminate();
  }
}

/** What comes on the standard output until the status says that it was all of it. */
function collect(socket: WebSocket, limit: number): Promise<Buffer> {
  const stdout: Buffer[] = [];
  let size = 0;
  let stderr = '';
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The connection ended before the command did.')));
    socket.on('message', (data) => {
      // `binaryType` is "nodebuffer", so it is one buffer.
      const frame = data as Buffer;
      const content = frame.subarray(1);
      switch (frame[0]) {
        case stdoutChannel:
          size += content.length;
          if (size > limit) reject(new Error(`The command prints more than ${limit} bytes.`));
          else stdout.push(content);
          break;
        case stderrChannel:
          if (stderr.length < stderrLimit) stderr += content.toString();
          break;
        case statusChannel: {
          const failure = content.length === 0 ? '' : failureIn(content.toString());
          if (failure === undefined) resolve(Buffer.concat(stdout));
          else if (content.length > 0) reject(new Error(stderr.trim() || failure));
        }
      }
    });
  });
}

/** The message of the `Status` object that ends a command; `undefined` when the command succeeded. */
function failureIn(text: string): string | undefined {
  try {
    const { status, message } = JSON.parse(text) as { status?: unknown; message?: unknown };
    if (status === 'Success') return undefined;
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
