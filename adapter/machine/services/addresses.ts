/**
 * Loopback addresses given to cluster services: blocks of 256 in 127.64.0.0/10. The range tells our
 * listeners, and those of other sessions, apart from the local process's own.
 */
const firstBlock = 64 << 8;
const blocks = 64 << 8;

/** All of them, as the packet filter writes it. */
export const serviceRange = '127.64.0.0/10';

/** The number of addresses in a block that are given away: not the first and the last. */
export const blockSize = 254;

/** The addresses of block `block` (any integer; they wrap around), `127.x.y.1` to `127.x.y.254`. */
export function blockAddresses(block: number, count: number): string[] {
  const prefix = firstBlock + (((block % blocks) + blocks) % blocks);
  return Array.from({ length: count }, (_, index) => `127.${prefix >> 8}.${prefix & 255}.${index + 1}`);
}

/** Whether `address` is one that services are given, by this session or another. */
export function isServiceAddress(address: string): boolean {
  const [first, second] = address.split('.').map(Number);
  return first === 127 && second !== undefined && second >= 64 && second < 128;
}

export const anyAddresses: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
