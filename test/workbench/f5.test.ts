import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { breakpointLine, services } from '../real/support/f5.ts';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { launchJson, web } from './support/configurations.ts';
import { createScene, type Scene } from './support/scene.ts';

const line = breakpointLine(services.node.file);
/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;

beforeAll(async () => {
  scene = await createScene('f5', {
    files: (namespace) => ({
      '.vscode/launch.json': launchJson([
        web(namespace),
        { ...web(namespace, 'parent'), debug: { ...debug, program: '${workspaceFolder}/web/parent.js' } },
      ]),
      'web/parent.js': "require('node:child_process').fork(require.resolve('./server.js'));\n",
    }),
  });
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

const { debug } = web('') as { debug: object };

test(
  'a request made in the cluster stops in the editor',
  async () => {
    const { shop, inside, window } = scene;
    const before = await snapshot(shop);
    await window.open('server.js');
    await window.setBreakpoint(line);
    await window.start('web, in the cluster');
    await window.console('service/web is served from this machine now').waitFor();
    await shop.originalsGone('web');

    const asked = inside.request('http://web/?item=pear');
    await window.stoppedAt(line);
    expect(await window.variable('item').innerText()).toContain("'pear'");
    await window.variable('visits').waitFor();
    await window.picture('stopped');

    await window.continue();
    const { status, body } = await asked;
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ answeredBy: 'local', item: 'pear' });
    // The child session of js-debug is the one that is looked at.
    await window.stop();
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'a child process of the debuggee is debugged, without another connection to the cluster',
  async () => {
    const { shop, inside, window } = scene;
    const before = await snapshot(shop);
    await window.start('parent');
    await shop.originalsGone('web');

    const asked = inside.request('http://web/?item=fig');
    await window.stoppedAt(line);
    expect(await window.variable('item').innerText()).toContain("'fig'");
    await window.callStack('parent: parent.js').waitFor();
    await window.callStack(/server\.js \[\d+\]/).waitFor();
    await window.picture('child-process');

    await window.continue();
    expect(JSON.parse((await asked).body)).toMatchObject({ answeredBy: 'local', item: 'fig' });
    await window.stop();
    await expectUnchanged(before, shop);
  },
  patience,
);
