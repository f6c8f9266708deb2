import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import { F5, services, type F5Options, type ShopService } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot, stateOf } from './support/harness.ts';
import { descendants, running } from './support/killing.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('sessions');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

const { node, python, go } = services;

test('F5, Stop, F5, ten times without pause: each is answered here, none is refused', async () => {
  const before = await snapshot(shop);
  const presses: F5[] = [];
  try {
    for (let press = 1; press <= 10; press++) {
      // The one before is still leaving: its answer to Stop was all that was waited for.
      const f5 = await start(node);
      presses.push(f5);
      await f5.configure(node.file, []);
      expect(await f5.launched).toMatchObject({ success: true });
      await f5.joined();
      await answeredHere(node);
      await f5.client.request('disconnect', { terminateDebuggee: true });
    }
  } finally {
    await Promise.all(presses.map((f5) => f5[Symbol.asyncDispose]()));
  }
  await expectUnchanged(before, shop);
}, 240_000);

test('a target that another user has is refused with who and since when, and nothing changes', async () => {
  const before = await snapshot(shop);
  {
    const began = new Date().toISOString();
    await using first = await start(node);
    await joined(first, node);
    const live = await stateOf(shop);

    const prefix = ['unshare', '--uts', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh'];
    {
      await using second = await start({ ...node, ports: ['3001:http'] }, { prefix });
      const refused = await second.launched;
      expect(refused).toMatchObject({ success: false, body: { error: { id: 211, showUser: true } } });
      const owner = `${userInfo().username}@${hostname()}`;
      const [, who, since = ''] =
        /: (\S+) has it since (\S+)\. Nothing was changed\./.exec(refused.message ?? '') ?? [];
      expect(who).toBe(owner);
      expect([began, since, new Date().toISOString()].sort()[1]).toBe(since);
      await second.stop();
    }
    expect(await stateOf(shop)).toEqual(live);
    expect((await inside.request('http://web/who')).body).toBe('local');
    await first.stop();
  }
  await expectUnchanged(before, shop);
});

test.each([
  { name: 'another local port', ports: ['3001:http'], env: { PORT: '3001' } },
  { name: 'the same local port', ports: node.ports, env: {} },
])(
  'one’s own second session on a target takes it over, with $name',
  async ({ ports, env }) => {
    const before = await snapshot(shop);
    {
      await using first = await start(node);
      await joined(first, node);
      const program = debuggee(first, node);

      await using second = await start(
        { ...node, ports },
        { configuration: { env: { ANSWERED_BY: 'second', ...env } } },
      );
      const lost = first.client
        .waitForEvent('output', ({ body }) => body?.category === 'important')
        .then(({ body }) => String(body?.output));
      const secondJoined = joined(second, node);
      expect(await lost).toMatch(/Cannot go on: the agent ".*" has gone/);
      await first.client.waitForEvent('terminated');
      await first.stop();
      expect(running([program], /server\.js/)).toEqual([]);

      await secondJoined;
      expect(await inside.answers('http://web/who', 20)).toEqual(Array(20).fill('second'));
      await second.stop();
    }
    await expectUnchanged(before, shop);
  },
  120_000,
);

const three = { web: node, prices: python, stock: go };
type Name = keyof typeof three;
const orders: [Name, Name, Name][] = [
  ['web', 'prices', 'stock'],
  ['web', 'stock', 'prices'],
  ['prices', 'web', 'stock'],
  ['prices', 'stock', 'web'],
  ['stock', 'web', 'prices'],
  ['stock', 'prices', 'web'],
];

test.each(orders)(
  'three sessions on three services at once, for Node.js, Python and Go, stopped in the order %s, %s, %s',
  async (...order) => {
    const before = await snapshot(shop);
    {
      await using web = await start(node);
      await using prices = await start(python);
      await using stock = await start(go);
      const sessions = { web, prices, stock };
      await Promise.all(order.map((name) => joined(sessions[name], three[name])));

      const here = new Set<Name>(order);
      expect(await chain()).toEqual({ web: 'local', prices: 'local', stock: 'local' });
      for (const name of order) {
        await sessions[name].stop();
        here.delete(name);
        if (here.size === 0) break;
        await answeredByPod(three[name]);
        const expected = order.map((each) => [
          each,
          here.has(each) ? 'local' : (expect.stringMatching(`^${each}-`) as unknown),
        ]);
        expect(await chain()).toEqual(Object.fromEntries(expected));
      }
    }
    await expectUnchanged(before, shop);
  },
  120_000,
);

const ends: { how: string; service: ShopService; end: (f5: F5, service: ShopService) => Promise<void> }[] = [
  {
    how: 'SIGTERM to the adapter',
    service: node,
    async end({ client }) {
      client.process?.kill('SIGTERM');
      await client.closed;
    },
  },
  {
    how: 'SIGINT to the adapter',
    service: python,
    async end({ client }) {
      client.process?.kill('SIGINT');
      await client.closed;
    },
  },
  {
    how: 'standard input closing',
    service: go,
    async end({ client }) {
      client.hangUp();
      await client.closed;
    },
  },
  {
    how: 'the debuggee’s own exit',
    service: node,
    async end(f5, service) {
      process.kill(debuggee(f5, service), 'SIGTERM');
      await f5.client.waitForEvent('terminated');
      await f5.stop();
    },
  },
  {
    how: '"terminate"',
    service: node,
    async end(f5) {
      await f5.client.body('terminate');
      await f5.client.waitForEvent('terminated');
      await f5.stop();
    },
  },
];

test.each(ends)(
  '$how undoes everything',
  async ({ service, end }) => {
    const before = await snapshot(shop);
    {
      await using f5 = await start(service);
      await joined(f5, service);
      await end(f5, service);
    }
    await expectUnchanged(before, shop);
  },
  120_000,
);

function start(service: ShopService, more: Partial<F5Options> = {}): Promise<F5> {
  return F5.start({ kubeconfig, namespace: shop.name, service, ...more });
}

async function joined(f5: F5, service: ShopService): Promise<void> {
  await f5.configure(service.file, []);
  await f5.joined();
  await shop.originalsGone(service.target);
}

/** The process that a session debugs. */
function debuggee({ client }: F5, { file }: ShopService): number {
  const program = new RegExp(`^\\S*node \\S*${basename(file)}$`);
  const found = running(descendants(client.process?.pid ?? 0), program);
  const [pid] = found;
  if (pid === undefined || found.length > 1)
    throw new Error(`There are ${found.length} debuggees: ${found.join()}`);
  return pid;
}

/** Requests until the local process answers; fails when one is not answered at all. */
async function answeredHere(service: ShopService): Promise<void> {
  await answeredBy(service, (who) => who === 'local');
}

async function answeredByPod(service: ShopService): Promise<void> {
  await answeredBy(service, (who) => who !== 'local');
}

async function answeredBy({ url }: ShopService, isRight: (who: string) => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(20_000);
  // kube-proxy follows within a second or two; until then the others serve as well.
  while (!isRight((await inside.request(`${url}who`)).body)) deadline.throwIfAborted();
}

interface Answer {
  answeredBy: string;
  price: { answeredBy: string; stock: { answeredBy: string } };
}

/** Who answers a request that passes through all three services. */
async function chain(): Promise<Record<string, string>> {
  const { price, ...web } = JSON.parse((await inside.request('http://web/')).body) as Answer;
  return { web: web.answeredBy, prices: price.answeredBy, stock: price.stock.answeredBy };
}
