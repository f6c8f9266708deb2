import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { breakpointLine, services } from '../real/support/f5.ts';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { createScene, type Scene } from './support/scene.ts';

const line = breakpointLine(services.node.file);
const launchFile = '.vscode/launch.json';
/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;

beforeAll(async () => {
  scene = await createScene('configure');
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test(
  'from nothing to a breakpoint hit by a request of the cluster; the next F5 asks nothing',
  async () => {
    const { shop, inside, project, window } = scene;
    const { list, page } = window;
    const before = await snapshot(shop);
    await window.open('server.js');
    await window.setBreakpoint(line);
    await page.keyboard.press('F5');
    await list.choose('Local Process with Kubernetes');
    await list.row(shop.name).waitFor();
    await window.picture('configure-namespace');
    await list.choose(shop.name);
    const row = list.row('service/web');
    await row.waitFor();
    expect(await row.innerText()).toMatch(/2 of 2 ready[^]*http 80 → 3000 · node:22-alpine/);
    await window.picture('configure-service');
    await row.click();
    await list.confirm('3000');
    await list.row('Node.js: web/server.js').waitFor();
    await window.picture('configure-debug');
    await list.choose('Node.js: web/server.js');

    await shop.originalsGone('web');
    const asked = inside.request('http://web/?item=pear');
    await window.stoppedAt(line);
    expect(await window.variable('item').innerText()).toContain("'pear'");
    await window.continue();
    expect(JSON.parse((await asked).body)).toMatchObject({ answeredBy: hostname(), item: 'pear' });
    await window.stop();
    await expectUnchanged(before, shop);

    const written = await project.read(launchFile);
    expect(written).toContain('// What to stand in for');
    expect(written).toContain(`"namespace": "${shop.name}"`);
    await window.open('launch.json');
    await window.picture('launch-json');

    await page.keyboard.press('F5');
    await shop.originalsGone('web');
    expect(await list.widget.isVisible()).toBe(false);
    expect(await project.read(launchFile)).toBe(written);
    await window.stop();
    await expectUnchanged(before, shop);
  },
  2 * patience,
);

test(
  'a configuration without a target is completed where it stands, comments and all',
  async () => {
    const { shop, inside, project, window } = scene;
    const { list } = window;
    const before = await snapshot(shop);
    const stub = `{
  "version": "0.2.0",
  "configurations": [
    { "name": "plain", "type": "node", "request": "launch", "program": "\${workspaceFolder}/web/server.js" },
    {
      "name": "to be completed",
      // This comment stays.
      "env": { "ANSWERED_BY": "completed" },
      "type": "localprocess-k8s",
      "request": "launch"
    }
  ]
}
`;
    await project.write(launchFile, stub);
    await window.start('to be completed');
    await list.choose(shop.name);
    await list.choose('service/web');
    await list.confirm('3000');
    await list.choose('plain');
    await shop.originalsGone('web');
    expect((await inside.request('http://web/who')).body).toBe('completed');
    await window.stop();
    await expectUnchanged(before, shop);

    const written = await project.read(launchFile);
    expect(written.startsWith(stub.slice(0, stub.indexOf('"request": "launch"\n')))).toBe(true);
    expect(written).toContain('// This comment stays.');
    const { configurations } = JSON.parse(written.replaceAll(/^\s*\/\/.*$/gm, '')) as {
      configurations: unknown[];
    };
    expect(configurations[1]).toEqual({
      name: 'to be completed',
      env: { ANSWERED_BY: 'completed' },
      type: 'localprocess-k8s',
      request: 'launch',
      namespace: shop.name,
      target: 'service/web',
      ports: ['3000:http'],
      debug: { type: 'node', request: 'launch', program: '${workspaceFolder}/web/server.js' },
    });
  },
  patience,
);
