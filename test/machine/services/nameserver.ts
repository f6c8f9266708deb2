import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

/**
 * A DNS server (RFC 1035, section 4) on loopback that knows a few names, each with one address, and says of any
 * other that it does not exist. `asked`: the names that were asked for.
 */
export async function nameServer(
  names: Readonly<Record<string, string>>,
  { host = '127.0.0.1', port = 0 } = {},
): Promise<AsyncDisposable & { address: string; asked: string[] }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (question, { address, port: from }) => {
    const { name, type, end } = readQuestion(question);
    asked.push(name);
    const known = names[name];
    const family = type === 1 ? 4 : type === 28 ? 6 : 0;
    const answer = known !== undefined && net.isIP(known) === family ? record(type, known) : Buffer.alloc(0);
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answer.length > 0 ? 1 : 0, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, question.subarray(12, end), answer]), from, address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    address: `${host}:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** The name is the question's, by reference; the answer may be kept for a second. */
function record(type: number, address: string): Buffer {
  const bytes = net.isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : ipv6(address);
  const head = Buffer.from('c00c000000010000000100000000'.slice(0, 24), 'hex');
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function ipv6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0');
  const hex = [...groups(head), ...zeros, ...groups(tail)].map((group) => group.padStart(4, '0'));
  return Buffer.from(hex.join(''), 'hex');
}
