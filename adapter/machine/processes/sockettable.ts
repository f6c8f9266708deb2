import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from '../../errors.ts';

/** A listening TCP socket as the system lists it. `address` is in the usual notation; any-address is `0.0.0.0` or `::`. */
export interface ListeningSocket {
  address: string;
  port: number;
  /** Linux: what `/proc/PID/fd` names the socket by. */
  inode?: string;
  /** Linux: the user it belongs to. */
  uid?: number;
}

const listening = '0A';

/**
 * Every listening TCP socket of this machine (on Linux: of this network namespace), both families.
 * Linux: `/proc/net/tcp` and `tcp6` (proc_pid_net(5)); elsewhere `netstat -an`.
 */
export async function listeningSockets(): Promise<ListeningSocket[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('netstat', ['-an'], {
      windowsHide: true,
      maxBuffer: 1 << 26,
    });
    return parseNetstat(stdout);
  }
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readTable));
  return tables.flatMap(parseProcTable);
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    // A kernel without IPv6 has no tcp6.
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The listening sockets in the text of `/proc/net/tcp` or `/proc/net/tcp6`. */
export function parseProcTable(text: string): ListeningSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/);
      const [address, port] = local?.split(':') ?? [];
      if (state !== listening || !address || !port || !inode) return [];
      return [{ address: addressFromHex(address), port: parseInt(port, 16), inode, uid: Number(uid) }];
    });
}

/** The kernel prints each 32-bit word of the address in this machine's byte order, little-endian wherever Node.js runs. */
function addressFromHex(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  // The URL parser writes IPv6 addresses in their canonical form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The address and port in the kernel's notation, as the tables above hold them: `0100007F:0BB8`. */
export function hexEndpoint(address: string, port: number): string {
  const bytes = Buffer.from(address.split('.').map(Number)).swap32();
  return `${bytes.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

/**
 * The listening sockets in the output of `netstat -an`: macOS and BSD write `tcp4 0 0 127.0.0.1.80 *.* LISTEN`
 * (`tcp46` is both families), Windows `TCP 0.0.0.0:80 0.0.0.0:0 LISTENING`.
 */
export function parseNetstat(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [protocol = '', ...columns] = line.trim().split(/\s+/);
    if (!/^tcp/i.test(protocol) || !columns.some((column) => /^LISTEN(ING)?$/.test(column))) return [];
    const local = protocol === 'TCP' ? columns[0] : columns[2];
    const parts = /^(.*)[.:](\d+)$/.exec(local ?? '');
    if (!parts) return [];
    const [, host = '', port] = parts;
    const any = protocol === 'tcp4' ? '0.0.0.0' : '::';
    const address = host === '*' ? any : host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
    return [{ address, port: Number(port) }];
  });
}
