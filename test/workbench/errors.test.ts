import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { parse } from 'yaml';
import { account, kubeconfigOf } from '../real/support/account.ts';
import { mainScript } from '../real/support/f5.ts';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { kubeconfigWith } from '../real/support/kubeconfigs.ts';
import { launchJson, web } from './support/configurations.ts';
import { editorLine, statusItem } from './support/reading.ts';
import { createScene, type Scene } from './support/scene.ts';

/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;

/** What differs from the ordinary configuration of the shop's "web", by the name of the wrong one. */
const wrong = {
  attribute: { ports: ['http:3000'] },
  file: { configurationFile: '${workspaceFolder}/processes.yaml' },
  target: { target: 'service/wbe' },
  permission: { kubeconfig: '${workspaceFolder}/limited.json' },
  cluster: { kubeconfig: '${workspaceFolder}/away.json' },
  port: { portConflict: 'fail' },
  session: {},
};

beforeAll(async () => {
  scene = await createScene('errors', {
    manifests: [account('nobody')],
    files: (namespace) => ({
      '.vscode/launch.json': launchJson(
        Object.entries(wrong).map(([name, changes]) => ({ ...web(namespace, `wrong ${name}`), ...changes })),
      ),
      'processes.yaml': 'version: 0.1\nenv:\n  - name: A\n    valeu: x\n',
    }),
  });
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** Starts a wrong configuration. Resolves with the error that it meets. */
async function meets(name: keyof typeof wrong, words: RegExp): Promise<Locator> {
  const { window } = scene;
  await window.start(`wrong ${name}`);
  const dialog = window.dialog(words);
  await dialog.waitFor();
  await window.picture(`error-${name}`);
  return dialog;
}

async function press(dialog: Locator, button: string): Promise<void> {
  await dialog.getByRole('button', { name: button }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** The session runs; ends it. */
async function runs(): Promise<void> {
  const { shop, inside, window } = scene;
  await statusItem(window, 'service/web ↓').waitFor();
  await shop.originalsGone('web');
  expect((await inside.request('http://web/who')).body).toBe('local');
  await window.stop();
}

/** A process that has the port; `ended` resolves with its end. */
async function holding(port: number): Promise<{ ended: Promise<unknown> }> {
  const source = `require('node:net').createServer().listen(${port}, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return { ended };
}

test('an attribute that is wrong: launch.json opens at it', async () => {
  const { window, project } = scene;
  await press(await meets('attribute', /"ports\.0" has to be/), 'Open the Setting');
  await window.page.locator('.tab.active', { hasText: 'launch.json' }).waitFor();
  const lines = (await project.read('.vscode/launch.json')).split('\n');
  const at = lines.findIndex((text) => text.includes('http:3000')) + 1;
  // What is selected ends there.
  await statusItem(window, new RegExp(`Ln ${at}, Col \\d+ \\(\\d+ selected\\)`)).waitFor();
}, 60_000);

test('a file that is wrong opens at the place', async () => {
  const { window } = scene;
  await press(await meets('file', /processes\.yaml:4:5/), 'Open the File');
  await window.page.locator('.tab.active', { hasText: 'processes.yaml' }).waitFor();
  await statusItem(window, /Ln 4, Col 5/).waitFor();
}, 60_000);

test(
  'a target that is not there: another is chosen, written into launch.json, and started',
  async () => {
    const { shop, window, project } = scene;
    const before = await snapshot(shop);
    await press(await meets('target', /Cannot find the service "wbe"/), 'Choose Another Target');
    await window.list.choose('service/web');
    await runs();
    const { configurations } = parse(await project.read('.vscode/launch.json')) as {
      configurations: { target: string }[];
    };
    expect(configurations.map(({ target }) => target)).toEqual(Object.keys(wrong).map(() => 'service/web'));
    await expectUnchanged(before, shop);
  },
  patience,
);

test('a permission that is missing: the Role to ask for is shown', async () => {
  const { shop, window, project } = scene;
  await using limited = await kubeconfigOf(shop, 'nobody');
  await project.write('limited.json', await readFile(limited.path, 'utf8'));
  await press(await meets('permission', /your account may not get pods/), 'Show the Role to Ask For');
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
  await scene.project.write('away.json', await readFile(away.path, 'utf8'));
  try {
    const first = await meets('cluster', /Cannot reach the API server/);
    const before = asked;
    expect(before).toBeGreaterThan(0);
    await press(first, 'Try Again');
    const again = scene.window.dialog(/Cannot reach the API server/);
    await again.waitFor();
    expect(asked).toBeGreaterThan(before);
    await press(again, 'Cancel');
    // The progress of launches that have failed goes with them.
    await scene.window.notification('Connecting to the cluster').waitFor({ state: 'hidden' });
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
    await press(await meets('port', /Cannot use port "3000"/), 'Stop the Process');
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
    await new Promise<void>((resolve) => {
      let said = '';
      other.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes('is served from this machine now')) resolve();
      });
    });
    await press(
      await meets('session', /belongs to the session "\w+" on "service\/prices"/),
      'End That Session',
    );
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
