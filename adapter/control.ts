import { createServer, connect, type Server, type Socket } from 'node:net';
import { chmod } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Diagnostics, Report, Summary } from './diagnostics.ts';
import { messageOf } from './errors.ts';
import type { Log } from './log.ts';
import { sessionFolder } from './machine/folders.ts';
import type { UndoStack } from './undo.ts';

/** What a session can be asked by a command line on the same machine. */
export type ControlQuestion =
  { question: 'state' } | { question: 'diagnostics'; showSecrets: boolean } | { question: 'environment' };

interface Answers {
  state: Summary;
  diagnostics: Report;
  /** The local process's variables and the API server's address; absent until they are known. */
  environment: { environment?: Record<string, string | null>; server?: string };
}

/** A question has this many bytes at most, and as many milliseconds from the first to the last of its answer. */
const longestQuestion = 4096;
const patience = 10_000;
const mostAtOnce = 8;
/** What a socket's path may have: sun_path of unix(7) less its end, on the system that has the least (macOS). */
const longestPath = 103;

/** Where the session is asked: a socket in its folder, a named pipe on Windows. */
export function controlPath(session: string): string {
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\localprocess-k8s-${session}`
    : join(sessionFolder(session), 'control');
}

/**
 * Answers questions about the session, one line of JSON for each connection, to this user alone: the folder is
 * nobody else's. Holds up neither the process nor the session's end; pushes its undo. A session that cannot be asked
 * goes on.
 */
export async function serveControl(
  path: string,
  diagnostics: Diagnostics,
  { undo, log }: { undo: UndoStack; log: Log },
): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // Whoever asked has gone.
    socket.on('error', () => undefined);
    socket.unref();
    const late = setTimeout(() => socket.destroy(), patience).unref();
    socket.once('close', () => clearTimeout(late));
    answer(socket, diagnostics).catch(() => socket.destroy());
  });
  server.maxConnections = mostAtOnce;
  server.unref();
  server.on('error', (error) => log.write('control', messageOf(error)));
  undo.push('stop answering questions', () => {
    for (const socket of open) socket.destroy();
    return closed(server);
  });
  if (Buffer.byteLength(path) > longestPath) {
    log.write('control', `Cannot listen on "${path}": the path is too long. The session cannot be asked.`);
    return;
  }
  server.listen(path);
  // Its failure is in the log already.
  await once(server, 'listening').then(
    () => chmod(path, 0o600).catch(() => undefined), // A pipe on Windows has no modes.
    () => undefined,
  );
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function answer(socket: Socket, diagnostics: Diagnostics): Promise<void> {
  let line = '';
  socket.setEncoding('utf8');
  // The answer goes back the same way.
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    line += chunk as string;
    if (line.includes('\n') || line.length > longestQuestion) break;
  }
  const question = readQuestion(line.split('\n')[0] ?? '');
  if (question === undefined) {
    socket.destroy();
    return;
  }
  socket.end(JSON.stringify(await answerTo(question, diagnostics)));
}

function answerTo(question: ControlQuestion, diagnostics: Diagnostics): Promise<Answers[keyof Answers]> {
  switch (question.question) {
    case 'state':
      return Promise.resolve(diagnostics.summary());
    case 'diagnostics':
      return diagnostics.report(question);
    case 'environment':
      return Promise.resolve({
        ...(diagnostics.environment && { environment: { ...diagnostics.environment } }),
        ...(diagnostics.server !== undefined && { server: diagnostics.server }),
      });
  }
}

/** A question, if the line is one. */
function readQuestion(line: string): ControlQuestion | undefined {
  try {
    const { question, showSecrets } = JSON.parse(line) as Partial<Record<string, unknown>>;
    if (question === 'diagnostics') return { question, showSecrets: showSecrets === true };
    return question === 'state' || question === 'environment' ? { question } : undefined;
  } catch {
    return undefined; // Not JSON, or nothing that has properties.
  }
}

/**
 * Asks a session. `undefined` when it does not answer: it is about to begin or to end, or dead. Rejects with the
 * signal's reason.
 */
export async function askControl<Question extends ControlQuestion>(
  path: string,
  question: Question,
  signal: AbortSignal,
): Promise<Answers[Question['question']] | undefined> {
  signal.throwIfAborted();
  const socket = connect({ path });
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    socket.write(`${JSON.stringify(question)}\n`);
    // The other end is this program too: what it answers to a question is known.
    return JSON.parse(await text(socket)) as Answers[Question['question']];
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
