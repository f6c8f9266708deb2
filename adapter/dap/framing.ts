/** Bytes that are not DAP's base protocol; the connection they came on cannot be used any further. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

const separator = Buffer.from('\r\n\r\n');
const longestHeader = 16 * 1024;
const longestBody = 2 ** 30;

/**
 * Cuts a byte stream into the bodies of DAP messages (base protocol: `Content-Length: N`, an empty line,
 * N bytes). Chunks are kept in a list and joined once per message, so a large message costs one copy.
 *
 * `strict` is for TCP, where a web page could be at the other end: every header line has to be `Name: value`,
 * and `Origin` or `Host`, which browsers always send, is refused.
 */
export class Framer {
  readonly #strict: boolean;
  #chunks: Buffer[] = [];
  #held = 0;
  #bodyLength: number | undefined;
  #bytesNeeded = 0;

  constructor(options: { strict?: boolean } = {}) {
    this.#strict = options.strict ?? false;
  }

  /** True while a message has begun and not ended. */
  get torn(): boolean {
    return this.#held > 0 || this.#bodyLength !== undefined;
  }

  /** Takes what was read and returns the bodies that are complete now. Throws a `FramingError`. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const bodies: Buffer[] = [];
    if (this.#held < this.#bytesNeeded) return bodies;

    let data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held);
    this.#bytesNeeded = 0;
    for (;;) {
      if (this.#bodyLength === undefined) {
        const end = data.indexOf(separator);
        if (end < 0) {
          this.#refuseEarly(data);
          break;
        }
        this.#bodyLength = this.#readHeader(data.toString('latin1', 0, end));
        data = data.subarray(end + separator.length);
      }
      if (data.length < this.#bodyLength) {
        this.#bytesNeeded = this.#bodyLength;
        break;
      }
      bodies.push(data.subarray(0, this.#bodyLength));
      data = data.subarray(this.#bodyLength);
      this.#bodyLength = undefined;
    }
    this.#chunks = data.length > 0 ? [data] : [];
    this.#held = data.length;
    return bodies;
  }

  /** A peer that never ends its header, or that speaks HTTP, is refused before the header is complete. */
  #refuseEarly(data: Buffer): void {
    if (data.length > longestHeader) {
      throw new FramingError(`Cannot read a message: its header is longer than ${longestHeader} bytes.`);
    }
    const line = data.indexOf('\r\n');
    if (this.#strict && line >= 0) checkStrictly(data.toString('latin1', 0, line));
  }

  #readHeader(header: string): number {
    let length: number | undefined;
    for (const line of header.split('\r\n')) {
      if (this.#strict) checkStrictly(line);
      const match = /^content-length[ \t]*:[ \t]*(\d+)[ \t]*$/i.exec(line);
      if (match) length = Number(match[1]);
    }
    if (length === undefined) {
      throw new FramingError('Cannot read a message: its header has no "Content-Length".');
    }
    if (length > longestBody) {
      throw new FramingError(`Cannot read a message of ${length} bytes: at most ${longestBody} are allowed.`);
    }
    return length;
  }
}

function checkStrictly(line: string): void {
  const name = /^([!#$%&'*+\-.^_`|~\w]+)[ \t]*:/.exec(line)?.[1];
  if (name === undefined) {
    throw new FramingError('Cannot read a message: a header line is not "Name: value".');
  }
  if (/^(?:origin|host)$/i.test(name)) {
    throw new FramingError(`Cannot accept the header "${name}": browsers send it, debug clients do not.`);
  }
}
