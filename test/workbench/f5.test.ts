import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { breakpointLine, services } from '../real/support/f5.ts';
import { expectUnchanged, InsidePod, Namespace, snapshot } from '../real/support/harness.ts';
import { Project } from './support/project.ts';
import { Window } from './support/window.ts';
import { Workbench } from './support/workbench.ts';

const name = 'web, in the cluster';
const line = breakpointLine(services.node.file);

let shop: Namespace;
let inside: InsidePod;
let project: Project;
let workbench: Workbench;
let window: Window;

beforeAll(async () => {
  shop = await Namespace.create('workbench');
  inside = await InsidePod.start(shop);
  project = await Project.ofShop({ '.vscode/launch.json': { version: '0.2.0', configurations: [web()] } });
  workbench = await Workbench.start({ folder: project.path });
  window = new Window(workbench.page);
});
afterAll(async () => {
  await workbench[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

test('F5 on a configuration of the shop: a request made in the cluster stops in the editor', async () => {
  const before = await snapshot(shop);
  await window.open('server.js');
  await window.setBreakpoint(line);
  await window.start(name);
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
  await window.stop();
  await expectUnchanged(before, shop);
}, 180_000);

function web(): object {
  return {
    type: 'localprocess-k8s',
    request: 'launch',
    name,
    namespace: shop.name,
    target: 'service/web',
    ports: ['3000:http'],
    env: { ANSWERED_BY: 'local' },
    debug: {
      type: 'pwa-node',
      request: 'launch',
      program: '${workspaceFolder}/web/server.js',
      cwd: '${workspaceFolder}/web',
    },
  };
}
