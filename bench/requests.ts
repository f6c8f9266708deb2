import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/** Where the service is reached on this machine. */
export interface Place {
  address: string;
  port: number;
}

const small = (connection: string) => `GET / HTTP/1.1\r\nHost: bench\r\nConnection: ${connection}\r\n\r\n`;
const whole = /^HTTP\/1\.1 200 [^]*\r\n\r\nok\n$/;

/** Milliseconds of each of `count` small requests on one connection. */
export async function keepAlive(place: Place, count: number): Promise<number[]> {
  const socket = connect(place);
  const took: number[] = [];
  for (let left = count; left > 0; left--) took.push(await ask(socket, 'keep-alive'));
  await end(socket);
  return took;
}

/** Milliseconds of each of `count` small requests, each on a connection of its own: from dialling to the answer. */
export async function newConnection(place: Place, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let left = count; left > 0; left--) took.push(await askOnce(place));
  return took;
}

/** Small requests a second that `count` workers make for `seconds`, each on a connection of its own. */
export async function workers(place: Place, count: number, seconds: number): Promise<number> {
  const began = performance.now();
  let requests = 0;
  const work = async () => {
    while (performance.now() - began < seconds * 1000) {
      await askOnce(place);
      requests++;
    }
  };
  await Promise.all(Array.from({ length: count }, work));
  return (requests * 1000) / (performance.now() - began);
}

/** Seconds that it takes to get a body of `bytes`. */
export async function download(place: Place, bytes: number): Promise<number> {
  const began = performance.now();
  const request = http.get({ host: place.address, port: place.port, path: `/?bytes=${bytes}`, agent: false });
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  let received = 0;
  answer.on('data', (data: Buffer) => (received += data.length));
  await once(answer, 'end');
  if (received !== bytes) throw new Error(`Got ${received} bytes instead of ${bytes}.`);
  return (performance.now() - began) / 1000;
}

const chunk = Buffer.alloc(256 * 1024, 'x');

/** Seconds that it takes to send a body of `bytes` (a multiple of 256 KiB) until it is acknowledged. */
export async function upload(place: Place, bytes: number): Promise<number> {
  const began = performance.now();
  const request = http.request({
    host: place.address,
    port: place.port,
    method: 'POST',
    headers: { 'content-length': bytes },
    agent: false,
  });
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    if (!request.write(chunk)) await Promise.race([once(request, 'drain'), answered]);
  }
  request.end();
  const [answer] = await answered;
  let received = '';
  answer.setEncoding('utf8').on('data', (text: string) => (received += text));
  await once(answer, 'end');
  if (Number(received) !== bytes) throw new Error(`${received} bytes arrived instead of ${bytes}.`);
  return (performance.now() - began) / 1000;
}

function connect({ address, port }: Place): net.Socket {
  return net.connect({ host: address, port, noDelay: true });
}

async function askOnce(place: Place): Promise<number> {
  const began = performance.now();
  const socket = connect(place);
  await ask(socket, 'close');
  const took = performance.now() - began;
  await end(socket);
  return took;
}

/** Makes a small request; resolves with the milliseconds until its answer was complete. */
function ask(socket: net.Socket, connection: 'keep-alive' | 'close'): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let text = '';
    const settle = (then: () => void) => {
      socket.off('data', read).off('error', broken).off('close', broken);
      then();
    };
    const read = (data: Buffer) => {
      text += data.toString('latin1');
      if (whole.test(text)) settle(() => resolve(performance.now() - began));
    };
    const broken = (error: unknown) =>
      settle(() => reject(new Error(`No whole answer came, but "${text}".`, { cause: error })));
    socket.on('data', read).on('error', broken).on('close', broken);
    socket.write(small(connection));
  });
}

/** Resolves when the connection is closed: nobody has more of them than was said. */
async function end(socket: net.Socket): Promise<void> {
  socket.resume().end();
  if (!socket.closed) await once(socket, 'close');
}
