/**
 * A volume as it travels: frames of a kind, a length and so many bytes. A file is an entry, its content as it
 * is read, and its end; whatever happens to the file meanwhile, the frames stay whole.
 */
export type FrameKind = 'size' | 'entry' | 'data' | 'end' | 'done';

const kinds: readonly FrameKind[] = ['size', 'entry', 'data', 'end', 'done'];

/** How large a volume is, in bytes; before anything else of it. `more`: at least, for it was not counted to its end. */
export interface VolumeSize {
  bytes: number;
  more: boolean;
}

/**
 * One thing of a volume. `path` is relative to where the volume is mounted, empty for that itself, its parts
 * joined with `/`; a folder comes before what is in it. Names and targets are bytes: one character each, as in
 * latin1, for the file systems of Linux know no other encoding.
 */
export type VolumeEntry = { path: string } & (
  | { type: 'folder'; mode: number }
  /** `data` follows, then an `end`. */
  | { type: 'file'; mode: number; size: number }
  | { type: 'link'; target: string }
  /** Left out: a socket, a named pipe, a device. */
  | { type: 'special' }
  /** Left out: the container's user may not read it, or it was removed meanwhile; the system's code. */
  | { type: 'unreadable'; code: string }
);

/** The end of a file; `code`: the system's, when it could not be read further. */
export interface FileEnd {
  code?: string;
}

/** A volume, or what is written into one, is asked for as this. */
export interface VolumeRequest {
  /** Where the volume is mounted in the agent's container. */
  path: string;
  /** Relative paths at which other volumes are mounted in it: told as empty. */
  without: string[];
}

/** Told when a watch of volumes begins, for each, then at every change. */
export interface VolumeState {
  /** As in the request. */
  path: string;
  /** Where `..data` leads, which the kubelet replaces at every change; absent: it never changes this one. */
  data?: string;
  /** The system's code: changes of this volume cannot be seen. */
  code?: string;
}

const headerBytes = 5;

/** The longest content of one frame, in bytes. */
export const longestFrame = 1024 * 1024;

export function frame(kind: FrameKind, content: Buffer | object): Buffer {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(kinds.indexOf(kind));
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

/** The frames of a byte stream. Throws when it ends within one, or is none. */
export async function* readFrames(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<{ kind: FrameKind; content: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const kind = kinds[rest.readUInt8()];
      const end = headerBytes + rest.readUInt32BE(1);
      if (kind === undefined || end > longestFrame)
        throw new Error('Cannot read a volume: these are no frames.');
      if (rest.length < end) break;
      yield { kind, content: rest.subarray(headerBytes, end) };
      rest = rest.subarray(end);
    }
  }
  if (rest.length > 0) throw new Error('Cannot read a volume: it was cut short.');
}
