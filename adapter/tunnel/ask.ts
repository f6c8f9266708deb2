import { constants, type ClientHttp2Session } from 'node:http2';
import { isComplete, onEnd } from '../../agent/splice.ts';

/** A request to the agent itself. */
export interface Question {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

/** Asks the agent; resolves with its JSON answer. Rejects with its words, and the system's `code` if it had one. */
export function ask(session: ClientHttp2Session, question: Question, signal?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = question;
    const stream = session.request({ ':method': method, ':path': path }, { endStream: body === undefined });
    const abort = () => {
      stream.close(constants.NGHTTP2_CANCEL);
    };
    signal?.addEventListener('abort', abort, { once: true });
    let status = 0;
    let text = '';
    let failure: unknown;
    stream.on('response', (answer) => (status = answer[':status'] ?? 0));
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    stream.on('error', (error: Error) => (failure = error));
    onEnd(stream, () => undefined);
    stream.on('close', () => {
      signal?.removeEventListener('abort', abort);
      if (!isComplete(stream)) {
        reject(new Error(`Cannot ask the agent for "${path}": the connection broke.`, { cause: failure }));
        return;
      }
      try {
        const value: unknown = text === '' ? undefined : JSON.parse(text);
        if (status < 300) resolve(value);
        else reject(refusal(path, value));
      } catch (error) {
        reject(new Error(`Cannot read the agent's answer to "${path}".`, { cause: error }));
      }
    });
    if (body !== undefined) stream.end(body);
  });
}

function refusal(path: string, value: unknown): Error {
  const { code, message } = (value ?? {}) as { code?: string; message?: string };
  const error = new Error(message ?? `The agent refused "${path}".`);
  return code === undefined ? error : Object.assign(error, { code });
}
