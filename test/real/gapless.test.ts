import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { F5, services } from './support/f5.ts';
import {
  expectUnchanged,
  InsidePod,
  kubeconfig,
  Namespace,
  snapshot,
  type LoadRecord,
} from './support/harness.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('gapless');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

test('the traffic of both replicas arrives: 100 requests, 100 answered here', async () => {
  const before = await snapshot(shop);
  {
    await using f5 = await F5.start({ kubeconfig, namespace: shop.name, service: services.node });
    await f5.configure(services.node.file, []);
    await f5.joined();
    await shop.originalsGone(services.node.target);
    const answers = await inside.answers('http://web/who', 100);
    expect(answers.filter((answer) => answer !== 'local')).toEqual([]);
    expect(answers).toHaveLength(100);
    await f5.stop();
  }
  await expectUnchanged(before, shop);
});

test.each([
  { name: 'a new connection each', keepAlive: false },
  { name: 'keep-alive connections', keepAlive: true },
])(
  '50 requests/s from before launch until after everything is restored, $name: not one fails',
  async ({ keepAlive }) => {
    const before = await snapshot(shop);
    const load = await inside.load({ url: 'http://web/who', perSecond: 50, keepAlive });
    {
      await using f5 = await F5.start({ kubeconfig, namespace: shop.name, service: services.node });
      await f5.configure(services.node.file, []);
      await f5.joined();
      const joined = Date.now();
      await load.until((records) =>
        records.some(({ at, answeredBy }) => at > joined + 10_000 && answeredBy === 'local'),
      );
      await f5.stop();
    }
    await expectUnchanged(before, shop);
    const restored = Date.now();
    await load.until((records) => records.some(({ at }) => at > restored + 2000));
    const records = (await load.stop()).sort((one, other) => one.at - other.at);

    expect(records.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(phases(records)).toEqual(['original', 'local', 'original']);
  },
  120_000,
);

/**
 * Who answered, as a list of changes. While a change is under way the answers of both may alternate, as in any
 * rollout: a change counts when the one who answered before is not heard of any more.
 */
function phases(records: readonly LoadRecord[]): string[] {
  const who = records.map(({ answeredBy }) => (answeredBy === 'local' ? 'local' : 'original'));
  const firstLocal = who.indexOf('local');
  const lastLocal = who.lastIndexOf('local');
  const localOnly = who.slice(firstLocal, lastLocal).join().includes(Array(100).fill('local').join());
  return [
    ...(firstLocal > 0 ? ['original'] : []),
    ...(firstLocal >= 0 && localOnly ? ['local'] : []),
    ...(lastLocal >= 0 && lastLocal < who.length - 1 ? ['original'] : []),
  ];
}
