/** Bytes that are not DAP's base protocol; the connection they came on cannot be used any further. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

const nothing = Buffer.alloc(0);
const separator = Buffer.from('\r\n\r\n');
const carriageReturn = 0x0d;
const longestHeader = 16 * 1024;
const longestBody = 2 ** 30;
/** So much of a wrong header is shown. */
const shown = 60;

/**
 * Cuts a byte stream into the bodies of DAP messages (base protocol: `Content-Length: N`, an empty line,
 * N bytes). The pieces of a large body are joined once, when all are there: copying between two reads would keep
 * whoever writes them waiting.
 *
 * `strict` is for TCP, where a web page could be at the other end: every header line has to be `Name: value`,
 * and `Origin` or `Host`, which browsers always send, is refused.
 */
export class Framer {
  readonly #strict: boolean;
  /** A header that has begun. */
  #header: Buffer = nothing;
  /** A body that has begun, and how much of it is missing. */
  #body: Buffer[] | undefined;
  #missing = 0;

  constructor(options: { strict?: boolean } = {}) {
    this.#strict = options.strict ?? false;
  }

  /** True while a message has begun and not ended. */
  get torn(): boolean {
    return this.#header.length > 0 || this.#body !== undefined;
  }

  /**
   * Takes what was read and hands each body that is complete now to `take`, in order. Throws a `FramingError`, after
   * the messages before it.
   */
  push(chunk: Buffer, take: (body: Buffer) => void): void {
    let data = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    this.#header = nothing;
    while (data.length > 0) {
      if (this.#body) data = this.#fill(this.#body, data, take);
      else {
        const end = data.indexOf(separator);
        if (end < 0) {
          this.#refuseEarly(data);
          this.#header = data;
          return;
        }
        const length = this.#readHeader(data.toString('latin1', 0, end));
        const from = end + separator.length;
        const whole = data.length - from >= length;
        if (whole) take(data.subarray(from, from + length));
        else {
          this.#body = [];
          this.#missing = length;
        }
        data = data.subarray(whole ? from + length : from);
      }
    }
  }

  /** Adds to a body that has begun; returns what does not belong to it. */
  #fill(body: Buffer[], data: Buffer, take: (body: Buffer) => void): Buffer {
    const piece = data.subarray(0, this.#missing);
    body.push(piece);
    this.#missing -= piece.length;
    if (this.#missing === 0) {
      this.#body = undefined;
      take(Buffer.concat(body));
    }
    return data.subarray(piece.length);
  }

  /** What cannot become a header is refused before it is complete: it may never be. */
  #refuseEarly(data: Buffer): void {
    if (data.length > longestHeader) {
      throw new FramingError(`Cannot read a message: its header is longer than ${longestHeader} bytes.`);
    }
    const end = data.indexOf('\n');
    if (end < 0) return;
    if (data[end - 1] !== carriageReturn) {
      throw new FramingError(
        `Cannot read a message: its header has a line that does not end with CR LF${beginning(data)}.`,
      );
    }
    if (this.#strict) checkStrictly(data.toString('latin1', 0, end - 1));
  }

  #readHeader(header: string): number {
    let length: number | undefined;
    for (const line of header.split('\r\n')) {
      if (this.#strict) checkStrictly(line);
      const match = /^content-length[ \t]*:[ \t]*(\d+)[ \t]*$/i.exec(line);
      if (!match) continue;
      if (length !== undefined && length !== Number(match[1]))
        throw new FramingError('Cannot read a message: its header has two different "Content-Length".');
      length = Number(match[1]);
    }
    if (length === undefined) {
      throw new FramingError(
        `Cannot read a message: its header has no "Content-Length"${beginning(Buffer.from(header, 'latin1'))}.`,
      );
    }
    if (length > longestBody) {
      throw new FramingError(`Cannot read a message of ${length} bytes: at most ${longestBody} are allowed.`);
    }
    return length;
  }
}

function beginning(data: Buffer): string {
  return `, and begins with ${JSON.stringify(data.toString('utf8', 0, shown))}`;
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
