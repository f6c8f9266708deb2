const requestLine = /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/;
const headEnd = '\r\n\r\n';

/** A head that is longer than this is passed on as it is, in bytes. */
const longestHead = 64 * 1024;

/** Whether `chunk` begins with a whole HTTP/1 request line. */
export function isRequest(chunk: Buffer): boolean {
  const newline = chunk.indexOf(10);
  return newline > 0 && requestLine.test(chunk.toString('latin1', 0, newline + 1));
}

/** Whether `chunk`, the first after a complete response, begins the next request: the line may be incomplete. */
export function beginsRequest(chunk: Buffer): boolean {
  return isRequest(chunk) || (!chunk.includes(10) && /^[A-Z]+( |$)/.test(chunk.toString('latin1')));
}

type Phase = 'silent' | 'request' | 'head' | 'length' | 'chunked' | 'endless' | 'done';

/**
 * Follows what passes over one connection, just far enough to know whether it is between two HTTP/1 requests:
 * then nobody loses anything when the next request goes elsewhere. When in doubt it is not. (Pipelined requests
 * are taken for one.)
 */
export class Exchange {
  #http: boolean | undefined;
  #phase: Phase = 'silent';
  #isHead = false;
  #head = '';
  #remaining = 0;
  #tail: Buffer = Buffer.alloc(0);

  /** Nothing has been said either way. */
  get untouched(): boolean {
    return this.#phase === 'silent';
  }

  /** The response to the last HTTP/1 request is complete. */
  get idle(): boolean {
    return this.#phase === 'done';
  }

  /** The client sent `chunk`. */
  fromClient(chunk: Buffer): void {
    this.#http ??= isRequest(chunk);
    if (!this.#http) this.#phase = 'endless';
    if (this.#phase !== 'silent' && this.#phase !== 'done') return;
    this.#phase = 'request';
    this.#isHead = chunk.toString('latin1', 0, 5) === 'HEAD ';
  }

  /** The server sent `chunk`. */
  fromServer(chunk: Buffer): void {
    switch (this.#phase) {
      case 'silent':
        // The server spoke first: not HTTP/1.
        this.#http = false;
        this.#phase = 'endless';
        break;
      case 'request':
      case 'done':
        this.#head = '';
        this.#phase = 'head';
        this.#readHead(chunk);
        break;
      case 'head':
        this.#readHead(chunk);
        break;
      case 'length':
        this.#readLength(chunk.length);
        break;
      case 'chunked':
        this.#readChunked(chunk);
        break;
      case 'endless':
        break;
    }
  }

  #readHead(chunk: Buffer): void {
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf(headEnd);
    if (end < 0) {
      if (this.#head.length > longestHead) this.#phase = 'endless';
      return;
    }
    const head = this.#head.slice(0, end + 2);
    const body = this.#head.length - end - headEnd.length;
    this.#head = '';
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? NaN);
    const length = /\r\ncontent-length:\s*(\d+)\s*\r\n/i.exec(head)?.[1];
    if (Number.isNaN(status) || status === 101) this.#phase = 'endless';
    else if (status < 200) {
      if (body > 0) this.#readHead(chunk.subarray(chunk.length - body));
    } else if (this.#isHead || status === 204 || status === 304) this.#phase = 'done';
    else if (/\r\ntransfer-encoding:[^\r]*chunked\s*\r\n/i.test(head)) {
      this.#phase = 'chunked';
      this.#tail = Buffer.from('\r\n');
      this.#readChunked(chunk.subarray(chunk.length - body));
    } else if (length !== undefined) {
      this.#phase = 'length';
      this.#remaining = Number(length);
      this.#readLength(body);
    } else this.#phase = 'endless';
  }

  #readLength(bytes: number): void {
    this.#remaining -= bytes;
    if (this.#remaining <= 0) this.#phase = 'done';
  }

  /** A chunked body ends with an empty chunk; one with trailers is taken to be still going on. */
  #readChunked(chunk: Buffer): void {
    const last = '\r\n0\r\n\r\n';
    const tail = chunk.length >= last.length ? chunk : Buffer.concat([this.#tail, chunk]);
    // A copy: a slice would keep the whole chunk in memory.
    this.#tail = Buffer.from(tail.subarray(-last.length));
    if (this.#tail.toString('latin1') === last) this.#phase = 'done';
  }
}

/**
 * The beginning of a connection, with its HTTP/1 request asking for the connection to be closed after the
 * response (unless it asks for an upgrade), or as it is when it is not HTTP/1. `undefined` as long as that takes
 * more bytes. `certain`: it is known to be HTTP/1, so an incomplete request line is worth waiting for; elsewhere
 * the other side may be waiting for just these bytes.
 */
export function closeAfter(start: Buffer, certain: boolean): Buffer | undefined {
  const isHttp = isRequest(start) || (certain && !start.includes(10));
  if (!isHttp || start.length > longestHead) return start;
  const end = start.indexOf(headEnd);
  if (end < 0) return undefined;
  const [line = '', ...fields] = start.toString('latin1', 0, end).split('\r\n');
  if (fields.some((field) => /^upgrade\s*:/i.test(field))) return start;
  const kept = fields.filter((field) => !/^(connection|keep-alive)\s*:/i.test(field));
  const head = [line, ...kept, 'Connection: close'].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), start.subarray(end)]);
}
