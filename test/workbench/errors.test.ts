import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { account, kubeconfigOf } from '../real/support/account.ts';
import { mainScript } from '../real/support/f5.ts';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { kubeconfigWith, type KubeconfigFile } from '../real/support/kubeconfigs.ts';
import { launchJson, web } from './support/configurations.ts';
import { editorLine, statusItem } from './support/reading.ts';
import { createScene, type Scene } from './support/scene.ts';

/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;
let limited: KubeconfigFile;

beforeAll(async () => {
  scene = await createScene('errors', { manifests: [account('nobody')] });
  limited = await kubeconfigOf(scene.shop, 'nobody');
}, patience);
afterAll(async () => {
  await limited[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** Starts the configuration of the shop's "web" with other attributes, and presses the button of the error it meets. */
async function fail(changes: object, words: RegExp, button: string): Promise<void> {
  const { project, shop, window } = scene;
  await project.write('.vscode/launch.json', launchJson([{ ...web(shop.name, 'wrong'), ...changes }]));
  await window.start('wrong');
  const dialog = window.dialog(words);
  await dialog.waitFor();
  await window.picture(`error-${button.toLowerCase().replaceAll(' ', '-')}`);
  await dialog.getByRole('button', { name: button }).click();
}

/** The session runs; ends it. */
async function runs(): Promise<void> {
  const { shop, inside, window } = scene;
  await statusItem(window, 'service/web ↓').waitFor();
  await shop.originalsGone('web');
  expect((await inside.request('http://web/who')).body).toBe('local');
  await window.stop();
}

/** A process that has the port. */
async function holding(port: number): Promise<{ child: ChildProcess; ended: Promise<unknown> }> {
  const source = `require('node:net').createServer().listen(${port}, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return { child, ended };
}

test('an attribute that is wrong: launch.json opens at it', async () => {
  const { window, project } = scene;
  await fail({ ports: ['http:3000'] }, /"ports\.0" has to be/, 'Open the Setting');
  await window.page.locator('.tab.active', { hasText: 'launch.json' }).waitFor();
  const lines = (await project.read('.vscode/launch.json')).split('\n');
  const at = lines.findIndex((text) => text.includes('http:3000')) + 1;
  // What is selected ends there.
  await statusItem(window, new RegExp(`Ln ${at}, Col \\d+ \\(\\d+ selected\\)`)).waitFor();
}, 60_000);

test('a file that is wrong opens at the place', async () => {
  const { window, project } = scene;
  await project.write('processes.yaml', 'version: 0.1\nenv:\n  - name: A\n    valeu: x\n');
  const configurationFile = '${workspaceFolder}/processes.yaml';
  await fail({ configurationFile }, /processes\.yaml:4:5/, 'Open the File');
  await window.page.locator('.tab.active', { hasText: 'processes.yaml' }).waitFor();
  await statusItem(window, /Ln 4, Col 5/).waitFor();
}, 60_000);

test(
  'a target that is not there: another is chosen, written into launch.json, and started',
  async () => {
    const { shop, window, project } = scene;
    const before = await snapshot(shop);
    await fail({ target: 'service/wbe' }, /Cannot find the service "wbe"/, 'Choose Another Target');
    await window.list.choose('service/web');
    await runs();
    const { configurations } = parse(await project.read('.vscode/launch.json')) as {
      configurations: { target: string; namespace: string }[];
    };
    expect(configurations).toMatchObject([{ target: 'service/web', namespace: shop.name }]);
    await expectUnchanged(before, shop);
  },
  patience,
);

test('a permission that is missing: the Role to ask for is shown', async () => {
  const { shop, window } = scene;
  await fail({ kubeconfig: limited.path }, /your account may not get pods/, 'Show the Role to Ask For');
  await editorLine(window, 'kind: Role').waitFor();
  await editorLine(window, `metadata: { name: localprocess-k8s, namespace: ${shop.name} }`).waitFor();
  // It is YAML for the editor, too.
  await statusItem(window, 'YAML').waitFor();
}, 60_000);

test('a cluster that is away: trying again asks it again', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let asked = 0;
  server.on('connection', (socket) => {
    asked++;
    socket.destroy();
  });
  await using away = await kubeconfigWith({ server: `https://127.0.0.1:${port}` });
  try {
    await fail({ kubeconfig: away.path }, /Cannot reach the cluster/, 'Try Again');
    const before = asked;
    expect(before).toBeGreaterThan(0);
    const dialog = scene.window.dialog(/Cannot reach the cluster/);
    await dialog.waitFor();
    expect(asked).toBeGreaterThan(before);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  } finally {
    server.close();
  }
}, 60_000);

test(
  'a port that is in use: the process is stopped, and the session runs',
  async () => {
    const { shop } = scene;
    const before = await snapshot(shop);
    const { ended } = await holding(3000);
    await fail({ portConflict: 'fail' }, /Cannot use port "3000"/, 'Stop the Process');
    await ended;
    await runs();
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'a port that another session has: that session is ended, and this one runs',
  async () => {
    const { shop } = scene;
    const before = await snapshot(shop);
    const source = `require('node:http').createServer((q, s) => s.end()).listen(3000)`;
    const args = ['run', 'service/prices', '--namespace', shop.name, '--port', '3000:http'];
    const other = spawn(process.execPath, [mainScript, ...args, '--', process.execPath, '-e', source], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    const ended = once(other, 'exit');
    let said = '';
    for await (const chunk of other.stderr) {
      said += String(chunk);
      if (said.includes('is served from this machine now')) break;
    }
    await fail({}, /belongs to the session "\w+" on "service\/prices"/, 'End That Session');
    await runs();
    await ended;
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'restoring, with nothing to restore, says so in one line',
  async () => {
    const { window } = scene;
    await window.command('Restore What an Interrupted Session Left');
    await window.notification('There is nothing to restore.').waitFor();
  },
  patience,
);
