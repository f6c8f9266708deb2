import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { F5, root, services } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot } from './support/harness.ts';

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

/** Only a cluster that was started here can be disturbed. */
const cluster = join(process.env.LOCALPROCESS_CLUSTER ?? join(root, '..', 'shared', 'cluster'), 'cluster');

(existsSync(cluster) ? test : test.skip)(
  'the session goes on when the API server is restarted',
  async () => {
    const before = await snapshot(shop);
    {
      await using f5 = await F5.start({ kubeconfig, namespace: shop.name, service: services.node });
      await f5.configure(services.node.file, []);
      await f5.joined();
      await shop.originalsGone(services.node.target);
      // It outlives the test: without the mark by which a test knows what it started.
      await execa(cluster, ['restart', 'kube-apiserver'], { env: { LOCALPROCESS_TEST: undefined } });
      await f5.said(/The connection to the cluster is lost/);
      await f5.said(/The connection to the cluster is back/);
      // The client's own channel into its pod went through the API server as well.
      await using again = await InsidePod.start(shop);
      const answer = await again.request('http://web/');
      expect(JSON.parse(answer.body)).toMatchObject({ service: 'web', answeredBy: 'local' });
      expect(f5.client.events('terminated')).toEqual([]);
      await f5.stop();
    }
    await expectUnchanged(before, shop);
  },
  120_000,
);
