import { randomInt } from 'node:crypto';
import net from 'node:net';
import { systemCode } from '../../errors.ts';
import { blockAddresses, blockSize } from './addresses.ts';
import { cannotListen, type Listeners } from './listeners.ts';

/** How many blocks of addresses are tried before giving up; each is taken only when a session of ours has it. */
const attempts = 32;

/**
 * The service addresses of one session, from blocks that no other session has; each is given away once. On
 * systems other than Linux blocks are not reserved: two sessions get the same one about once in 16,000 times,
 * and the second then meets ports in use.
 */
export class ServiceAddresses {
  readonly #listeners: Listeners;
  // Sessions that start at once begin at different blocks: a collision costs one more attempt.
  #block = randomInt(1 << 14);
  #left: string[] = [];

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** `count` of them. One caller at a time. Fails with `listen-failed` when blocks around are all in use. */
  async take(count: number): Promise<string[]> {
    while (this.#left.length < count) this.#left.push(...(await this.#nextBlock()));
    return this.#left.splice(0, count);
  }

  async #nextBlock(): Promise<string[]> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const addresses = blockAddresses(this.#block++, blockSize);
      if (await this.#reserve(addresses[0] ?? '')) return addresses;
    }
    throw cannotListen({ address: '127.64.0.0', port: 0 }, `${attempts} blocks of addresses are in use`);
  }

  /** A session holds a name for each of its blocks, one of those without a file (unix(7), abstract), which goes with its process. */
  #reserve(block: string): Promise<boolean> {
    if (process.platform !== 'linux') return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      const server = net.createServer((socket) => socket.destroy());
      server.once('error', (error) => {
        if (systemCode(error) === 'EADDRINUSE') resolve(false);
        else reject(error);
      });
      server.listen(`\0localprocess-k8s ${block}`, () => {
        this.#listeners.adopt(server);
        resolve(true);
      });
    });
  }
}
