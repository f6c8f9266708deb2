import { expect, test } from '@jest/globals';
import { Relays } from '../../../adapter/machine/elevated/relays.ts';
import { ask, echo, serve } from '../processes/server.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;
const address = '127.66.8.9';

asRoot(
  'a port below 1024 leads to the newest listener behind it, and resets when there is none',
  async () => {
    const relays = new Relays();
    {
      await using first = await serve(address, echo);
      await relays.add({ address, port: 85, to: first.port });
      const long = 'both ways, to the end '.repeat(100_000);
      expect(await ask(address, 85, long)).toBe(long);
      await expect(relays.add({ address, port: first.port, to: 1024 })).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
      await using second = await serve(address, (socket) => void socket.resume().end('second'));
      await relays.add({ address, port: 85, to: second.port });
      expect(await ask(address, 85, 'x')).toBe('second');
    }
    expect(await ask(address, 85, 'x')).toBe('ECONNRESET');
    await using silent = await serve(address, () => undefined);
    await relays.add({ address, port: 85, to: silent.port });
    const waiting = ask(address, 85, 'x');
    while (silent.sockets.size === 0) await new Promise((resolve) => setImmediate(resolve));
    relays.close();
    expect(await waiting).toBe('ECONNRESET');
    expect(await ask(address, 85, 'x')).toBe('ECONNREFUSED');
  },
);
