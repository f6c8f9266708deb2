import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { heavy } from '../real/support/oddities.ts';
import { launchJson, prices, web } from './support/configurations.ts';
import { createScene, type Scene } from './support/scene.ts';

/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;

beforeAll(async () => {
  scene = await createScene('sessions', {
    manifests: heavy('1100m'),
    files: (namespace) => ({
      '.vscode/launch.json': launchJson(
        [
          web(namespace),
          prices(namespace),
          { ...web(namespace, 'no room'), target: 'service/heavy', ports: ['3000:80'] },
        ],
        {
          compounds: [
            {
              name: 'both',
              configurations: ['web, in the cluster', 'prices, in the cluster'],
              stopAll: true,
            },
          ],
        },
      ),
    }),
  });
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test(
  'the progress of a launch can be cancelled: nothing is left',
  async () => {
    const { shop, window } = scene;
    const before = await snapshot(shop);
    await window.start('no room');
    const progress = window.notification('Kubernetes: Placing the agent');
    await progress.waitFor();
    await window.picture('progress');
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await window.ended();
    await progress.waitFor({ state: 'hidden' });
    await expectUnchanged(before, shop);
    // Whoever cancelled it needs not be told.
    expect(await window.dialog('').count()).toBe(0);
  },
  patience,
);

test(
  'a compound starts several services at once, and stops them',
  async () => {
    const { shop, inside, window } = scene;
    const before = await snapshot(shop);
    await window.start('both');
    await window.callStack('web, in the cluster: server.js').waitFor();
    await window.callStack('prices, in the cluster').waitFor();
    await Promise.all([shop.originalsGone('web'), shop.originalsGone('prices')]);
    const { body } = await inside.request('http://web/?item=pear');
    expect(JSON.parse(body)).toMatchObject({ answeredBy: 'local', price: { answeredBy: 'local' } });
    await window.picture('compound');
    await window.stop();
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'a reload of the window ends the session; the cluster and this machine are as they were',
  async () => {
    const { shop, window, workbench } = scene;
    const before = await snapshot(shop);
    await window.start('web, in the cluster');
    await shop.originalsGone('web');
    await workbench.reload();
    await expectUnchanged(before, shop);
    await window.ended();
  },
  patience,
);
