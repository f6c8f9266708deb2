import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { VolumeRequest } from './frames.ts';
import type { PodSight } from './protocol.ts';
import type { Redirect } from './redirect.ts';
import { onEnd } from './splice.ts';
import { readVolume } from './volume.ts';
import { tellChanges } from './volumeChanges.ts';

/** Answers a request of the adapter's. */
export async function answer(
  stream: ServerHttp2Stream,
  request: IncomingHttpHeaders,
  redirect: Redirect,
): Promise<void> {
  const reply = (status: number, body?: unknown) => {
    if (stream.closed) return;
    stream.respond({ ':status': status });
    stream.end(body === undefined ? undefined : JSON.stringify(body));
  };
  try {
    const body = await readBody(stream);
    switch (`${request[':method'] ?? ''} ${request[':path'] ?? ''}`) {
      case 'GET /pod':
        reply(200, await readPod());
        break;
      case 'POST /volume':
        await sendVolume(stream, readVolumeRequest(body));
        break;
      case 'POST /volume-changes':
        stream.respond({ ':status': 200 });
        tellChanges(stream, textsOf(body, 'paths'));
        break;
      case 'GET /state':
        reply(200, redirect.state);
        break;
      case 'POST /join':
        await redirect.join();
        reply(204);
        break;
      case 'POST /leave':
        reply(200, redirect.leave(textsOf(body, 'originals')));
        break;
      default:
        reply(404, { message: 'Cannot answer: no such request.' });
    }
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    reply(500, { code, message });
  }
}

async function readPod(): Promise<PodSight> {
  // An image may have no such file; then nothing is searched.
  const resolver = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const lines = resolver.split('\n').map((line) => line.trim().split(/\s+/));
  // Of several lines the last counts, see resolv.conf(5).
  const [, ...searches] = lines.filter(([keyword]) => keyword === 'search').at(-1) ?? [];
  return { environment: process.env, searches };
}

function readBody(stream: ServerHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    onEnd(stream, () => resolve(body));
    stream.once('close', () => reject(new Error('The request was broken off.')));
  });
}

async function sendVolume(stream: ServerHttp2Stream, request: VolumeRequest): Promise<void> {
  if (stream.closed) return;
  stream.respond({ ':status': 200 });
  // Broken off means that nobody wants it any more: whoever does asks again.
  await pipeline(Readable.from(readVolume(request)), stream).catch(() => undefined);
}

function readVolumeRequest(body: string): VolumeRequest {
  const { path } = JSON.parse(body) as { path?: unknown };
  if (typeof path !== 'string') throw new Error('Cannot read a volume: "path" is missing.');
  return { path, without: textsOf(body, 'without') };
}

function textsOf(body: string, field: string): string[] {
  const texts = (JSON.parse(body) as Record<string, unknown>)[field];
  if (Array.isArray(texts) && texts.every((each) => typeof each === 'string')) return texts;
  throw new Error(`Cannot do that: "${field}" is not a list of texts.`);
}
