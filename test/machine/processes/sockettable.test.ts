import { expect, test } from '@jest/globals';
import { hexEndpoint, parseNetstat, parseProcTable } from '../../../adapter/machine/processes/sockettable.ts';

test("reads the listening sockets of both families from the kernel's tables", () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 100 0 0 10 0
`;
  expect(parseProcTable(tcp)).toEqual([
    { address: '127.0.0.1', port: 3000, inode: '4711', uid: 1000 },
    { address: '0.0.0.0', port: 22, inode: '99', uid: 0 },
  ]);
  const line = (address: string) =>
    `head\n 0: ${address}:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 5 1\n`;
  expect(parseProcTable(line('00000000000000000000000001000000'))[0]?.address).toBe('::1');
  expect(parseProcTable(line('00000000000000000000000000000000'))[0]?.address).toBe('::');
  expect(parseProcTable(line('B80D01200000000067452301EFCDAB89'))[0]?.address).toBe(
    '2001:db8::123:4567:89ab:cdef',
  );
});

test('writes an endpoint as the kernel does', () => {
  expect(hexEndpoint('127.65.3.4', 80)).toBe('0403417F:0050');
});

test('reads the listening sockets from netstat on macOS and on Windows', () => {
  const macos = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.3000         *.*                    LISTEN
tcp46      0      0  *.8080                 *.*                    LISTEN
tcp4       0      0  *.22                   *.*                    LISTEN
tcp6       0      0  ::1.5432               *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.53         *.*                    LISTEN
tcp4       0      0  10.0.0.2.51000         10.0.0.9.443           ESTABLISHED
udp4       0      0  *.5353                 *.*
`;
  expect(parseNetstat(macos)).toEqual([
    { address: '127.0.0.1', port: 3000 },
    { address: '::', port: 8080 },
    { address: '0.0.0.0', port: 22 },
    { address: '::1', port: 5432 },
    { address: 'fe80::1', port: 53 },
  ]);
  const windows = `
  Proto  Local Address          Foreign Address        State
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING
  TCP    [::1]:3000             [::]:0                 LISTENING
  TCP    10.0.0.2:51000         10.0.0.9:443           ESTABLISHED
  UDP    0.0.0.0:123            *:*
`;
  expect(parseNetstat(windows)).toEqual([
    { address: '0.0.0.0', port: 135 },
    { address: '::1', port: 3000 },
  ]);
});
