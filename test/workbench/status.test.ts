import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { root } from '../real/support/f5.ts';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { kubeconfigWith, realCluster } from '../real/support/kubeconfigs.ts';
import { Way } from '../real/support/way.ts';
import { launchJson, prices, web } from './support/configurations.ts';
import { editorLine, listTitle, statusItem } from './support/reading.ts';
import { createScene, type Scene } from './support/scene.ts';

/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;
let way: Way;

beforeAll(async () => {
  way = new Way((await realCluster()).server);
  await way.open();
  await using config = await kubeconfigWith({ server: `https://127.0.0.1:${way.port}` });
  const kubeconfig = await readFile(config.path, 'utf8');
  scene = await createScene('status', {
    files: (namespace) => ({
      'way.json': kubeconfig,
      '.vscode/launch.json': launchJson(
        [
          web(namespace),
          prices(namespace),
          { ...web(namespace, 'by a way'), kubeconfig: '${workspaceFolder}/way.json' },
          {
            ...web(namespace, 'no program'),
            debug: {
              type: 'go',
              request: 'launch',
              mode: 'exec',
              program: '${workspaceFolder}/none',
              dlvToolPath: join(root, '.tools', 'dlv'),
            },
          },
        ],
        { compounds: [{ name: 'both', configurations: ['web, in the cluster', 'prices, in the cluster'] }] },
      ),
    }),
  });
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await way.cut();
});

test(
  'several sessions: the item tells how many, and the menu asks which',
  async () => {
    const { shop, window } = scene;
    const before = await snapshot(shop);
    await window.start('both');
    await statusItem(window, '2 sessions').waitFor();
    await statusItem(window, /^\s*2 sessions\s*$/).click();
    await listTitle(window, 'Which session?').waitFor();
    await window.list.choose('service/prices');
    await listTitle(window, 'service/prices: serving').waitFor();
    await window.list.choose('Disconnect');
    await statusItem(window, 'service/web ↓').waitFor();
    await window.stop();
    await statusItem(window, 'service/web').waitFor({ state: 'hidden' });
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'a way to the cluster that is cut: reconnecting, then serving again, with a warning, and nothing pops up',
  async () => {
    const { shop, inside, window } = scene;
    const before = await snapshot(shop);
    await window.start('by a way');
    await statusItem(window, 'service/web ↓').waitFor();
    await shop.originalsGone('web');
    await way.cut();
    await statusItem(window, 'service/web: reconnecting').waitFor();
    await window.picture('reconnecting');
    await way.open();
    await statusItem(window, 'service/web ↓').waitFor();
    expect((await inside.request('http://web/who')).body).toBe('local');
    expect(await window.notification(/./).count()).toBe(0);
    await window.console('The connection to the cluster is lost').waitFor();
    await statusItem(window, 'service/web ↓').click();
    await window.list.choose('Show warnings');
    await editorLine(window, /The connection to the cluster is lost \(/).waitFor();
    await window.stop();
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'a session whose agents are removed ends, and one notification says why',
  async () => {
    const { shop, window } = scene;
    const before = await snapshot(shop);
    await window.start('web, in the cluster');
    await statusItem(window, 'service/web ↓').waitFor();
    await shop.originalsGone('web');
    await shop.kubectl('delete', 'pod', '--selector', 'localprocess-k8s/session', '--wait=false');
    await window.notification(/Cannot go on: the agent .* has gone/).waitFor();
    await window.ended();
    await statusItem(window, 'service/web').waitFor({ state: 'hidden' });
    expect(await window.notification(/./).count()).toBe(1);
    await expectUnchanged(before, shop);
    await window.command('Notifications: Clear All Notifications');
  },
  patience,
);

test(
  'a debugger that cannot start the program: the error is shown, and no session stays in the status bar',
  async () => {
    const { shop, window } = scene;
    const before = await snapshot(shop);
    await window.start('no program');
    const dialog = window.dialog(/Failed to launch/);
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await statusItem(window, 'service/web').waitFor({ state: 'hidden' });
    expect(await window.notification(/./).count()).toBe(0);
    await expectUnchanged(before, shop);
  },
  patience,
);
