import { constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import {
  readFrames,
  type FileEnd,
  type VolumeEntry,
  type VolumeRequest,
  type VolumeSize,
  type VolumeState,
} from '../../agent/frames.ts';

/** An entry of a volume; after that of a file its content, piece by piece, and its end. */
export type VolumePart = { entry: VolumeEntry } | { data: Buffer } | { end: FileEnd };

/** A volume that is being read in the pod. */
export interface Volume {
  size: VolumeSize;
  /** All that is in it, as fast as it is taken; to be gone through once. Throws `VolumeBroken`. */
  parts: AsyncIterable<VolumePart>;
}

/** The reading of a volume broke off: the connection to the agent did, most often. */
export class VolumeBroken extends Error {
  constructor(path: string, cause?: unknown) {
    super(`Cannot read "${path}" in the pod: it was cut short.`, { cause });
    this.name = 'VolumeBroken';
  }
}

/** Begins to read a volume; `signal` ends the reading at any time. */
export async function openVolume(
  session: ClientHttp2Session,
  request: VolumeRequest,
  signal: AbortSignal,
): Promise<Volume> {
  const stream = await post(session, '/volume', request, signal);
  const frames = readFrames(stream);
  const first = await frames.next();
  if (first.done === true || first.value.kind !== 'size') throw new VolumeBroken(request.path);
  const size = JSON.parse(first.value.content.toString()) as VolumeSize;
  return { size, parts: partsOf(frames, request.path) };
}

async function* partsOf(frames: ReturnType<typeof readFrames>, path: string): AsyncGenerator<VolumePart> {
  try {
    for await (const { kind, content } of frames) {
      if (kind === 'data') yield { data: content };
      else if (kind === 'entry') yield { entry: JSON.parse(content.toString()) as VolumeEntry };
      else if (kind === 'end') yield { end: JSON.parse(content.toString()) as FileEnd };
      else if (kind === 'done') return;
    }
  } catch (error) {
    throw new VolumeBroken(path, error);
  }
  throw new VolumeBroken(path);
}

/** Calls `tell` with the state of each volume, and at every change; ends with an error, or the signal's reason. */
export async function watchVolumes(
  session: ClientHttp2Session,
  paths: readonly string[],
  { tell, signal }: { tell: (state: VolumeState) => void; signal: AbortSignal },
): Promise<never> {
  const stream = await post(session, '/volume-changes', { paths }, signal);
  let rest = '';
  for await (const text of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(JSON.parse(line) as VolumeState);
  }
  throw new Error('Cannot watch the volumes in the pod any more: the agent ended it.');
}

/** Asks the agent; resolves with the answer's stream when it begins. */
function post(
  session: ClientHttp2Session,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<ClientHttp2Stream> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stream = session.request({ ':method': 'POST', ':path': path });
    const abort = () => stream.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    let failure: unknown;
    stream.on('error', (error: Error) => (failure = error));
    stream.once('close', () => {
      signal.removeEventListener('abort', abort);
      reject(new Error(`Cannot ask the agent for "${path}": the connection broke.`, { cause: failure }));
    });
    stream.once('response', ({ ':status': status }) => {
      if (status === 200) resolve(stream);
      else {
        reject(new Error(`Cannot ask the agent for "${path}": it answered with ${String(status)}.`));
        stream.close(constants.NGHTTP2_CANCEL);
      }
    });
    stream.end(JSON.stringify(body));
  });
}
