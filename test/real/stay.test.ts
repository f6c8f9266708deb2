import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { F5, services } from './support/f5.ts';
import { expectUnchanged, InsidePod, Namespace, snapshot } from './support/harness.ts';
import { kubeconfigWith, realCluster } from './support/kubeconfigs.ts';
import { Way } from './support/way.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('stay');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

test('a session goes on when the way to the API server was cut and is back', async () => {
  const before = await snapshot(shop);
  const way = new Way((await realCluster()).server);
  await way.open();
  {
    await using config = await kubeconfigWith({ server: `https://127.0.0.1:${way.port}` });
    await using f5 = await F5.start({
      kubeconfig: config.path,
      namespace: shop.name,
      service: services.node,
    });
    await f5.configure(services.node.file, []);
    await f5.joined();
    await shop.originalsGone(services.node.target);
    await way.cut();
    await f5.said(/The connection to the cluster is lost/);
    // Asked while the tunnel is down: it waits for it, and is answered here.
    const asked = inside.request('http://web/who');
    await way.open();
    await f5.said(/The connection to the cluster is back/);
    expect((await asked).body).toBe('local');
    expect(JSON.parse((await inside.request('http://web/')).body)).toMatchObject({ answeredBy: 'local' });
    expect(f5.client.events('terminated')).toEqual([]);
    await f5.stop();
    // What restores goes the same way.
    await expectUnchanged(before, shop);
  }
  await way.cut();
});
