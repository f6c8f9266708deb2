import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnchanged, snapshot, type Snapshot } from '../real/support/harness.ts';
import { launchJson, web } from './support/configurations.ts';
import {
  copied,
  editorLine,
  find,
  line,
  listTitle,
  press,
  statusItem,
  titleButton,
} from './support/reading.ts';
import { createScene, type Scene } from './support/scene.ts';

/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

let scene: Scene;
let before: Snapshot;

// One session, which all tests look at.
beforeAll(async () => {
  scene = await createScene('panels', {
    files: (namespace) => ({ '.vscode/launch.json': launchJson([web(namespace)]) }),
  });
  const { shop, window } = scene;
  await window.page.setViewportSize({ width: 1280, height: 1600 });
  before = await snapshot(shop);
  await window.command('Show diagnostic information');
  await editorLine(window, 'No session runs. Press F5').waitFor();
  await window.start('web, in the cluster');
  await statusItem(window, 'service/web ↓').waitFor();
  await shop.originalsGone('web');
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test('the status bar shows the target, and the traffic after a request made in the cluster', async () => {
  const { inside, window } = scene;
  await statusItem(window, /service\/web ↓0 B ↑0 B/).waitFor();
  const { body } = await inside.request('http://web/who');
  expect(body).toBe('local');
  await statusItem(window, /service\/web ↓\d+ B ↑\d\d+ B/).waitFor();
  await window.picture('status');
});

test('nothing has popped up', async () => {
  expect(await scene.window.notification(/./).count()).toBe(0);
});

test('the menu copies the curl line, and it reaches the local process through the cluster', async () => {
  const { window } = scene;
  await statusItem(window, 'service/web ↓').click();
  await listTitle(window, 'service/web: serving').waitFor();
  await window.picture('menu');
  await window.list.choose(/Copy the curl line(?! of)/);
  const curl = await copied(window);
  expect(curl).toMatch(/^curl http:\/\/web(?:\.[a-z0-9.-]+)?\/$/);
  const { stdout } = await promisify(execFile)('sh', ['-c', `${curl.replace(/\/$/, '/who')} --silent`]);
  expect(stdout).toBe('local');
});

test('the menu shows services and their addresses; choosing one copies it', async () => {
  const { window } = scene;
  await statusItem(window, 'service/web ↓').click();
  await window.list.choose('Show services and their addresses');
  await window.list.row(/redis\.panels-\w+.*127\.\d+\.\d+\.\d+:6379/).click();
  await expect(copied(window)).resolves.toMatch(/^127\.\d+\.\d+\.\d+:6379$/);
});

test('diagnostic information: variables hidden until asked for, and hidden again; names', async () => {
  const { window } = scene;
  await window.command('Show diagnostic information');
  await window.page.locator('.tab.active', { hasText: 'service web.md' }).waitFor();
  await find(window, '## Environment variables');
  await editorLine(window, /API_KEY +\| <hidden: \d+ characters>/).waitFor();
  await window.picture('diagnostics');
  await titleButton(window, 'Show Secrets').click();
  await editorLine(window, /API_KEY +\| "first line\\n\\"second\\" = 'line' of a key"/).waitFor();
  await titleButton(window, 'Hide Secrets').click();
  await editorLine(window, /API_KEY +\| <hidden: \d+ characters>/).waitFor();
  await find(window, '## DNS entries');
  await editorLine(window, /127\.\d+\.\d+\.\d+ +\| redis redis\.panels-\w+/).waitFor();
  await find(window, '## Tunnels');
  await editorLine(window, /\| ready +\| [\d.]+ ms/).waitFor();
});

test('the view: what is redirected, services with counts, variables, volumes', async () => {
  const { inside, window } = scene;
  await statusItem(window, 'service/web ↓').click();
  await window.list.choose('Show beside the call stack');
  // They take most of the room.
  for (const view of ['Variables', 'Watch'])
    await window.page.locator(`.pane-header[aria-label^="${view}"]`).click();
  await line(window, /^service\/web.*serving · /).waitFor();
  await line(window, /^Port 3000.*to 127\.0\.0\.1:3000/).waitFor();

  // It asks the price of the service "prices", which counts.
  const count = async () => {
    const text = await line(window, /^prices/).innerText();
    return Number(/· (\d+) /.exec(text)?.[1] ?? 0);
  };
  const seen = await count();
  await inside.request('http://web/?item=pear');
  await line(window, new RegExp(`^prices.*127\\.\\d+\\.\\d+\\.\\d+:5000 · ${seen + 1} ↓\\d`)).waitFor();
  await window.picture('view');
  await line(window, /^prices/).click();
  expect(await copied(window)).toMatch(/^127\.\d+\.\d+\.\d+:5000$/);

  await line(window, /^Services/).click();
  await line(window, /^Variables/).click();
  const key = line(window, /^API_KEY/);
  expect(await key.innerText()).toMatch(/<hidden: \d+ characters>/);
  await press(key, 'Show Value');
  await line(window, /^API_KEY.*first line/).waitFor();
  await press(key, 'Hide Value');
  await line(window, /^API_KEY.*<hidden/).waitFor();
  await line(window, /^Variables/).click();

  await line(window, /^Volumes/).click();
  await line(window, /^\/etc\/shop/).click();
  await line(window, /^currency/).click();
  await editorLine(window, /^EUR$/).waitFor();
});

test(
  'disconnecting ends the session: the item and the view go, and secrets with them',
  async () => {
    const { shop, window } = scene;
    await window.command('Show diagnostic information');
    await window.page.locator('.tab.active', { hasText: 'service web.md' }).waitFor();
    await titleButton(window, 'Show Secrets').click();
    await titleButton(window, 'Hide Secrets').waitFor();
    await statusItem(window, 'service/web ↓').click();
    await window.list.choose('Disconnect');
    await window.ended();
    await statusItem(window, 'service/web').waitFor({ state: 'hidden' });
    await editorLine(window, 'The session has ended.').waitFor();
    await titleButton(window, 'Show Secrets').waitFor();
    expect(await window.notification(/./).count()).toBe(0);
    await expectUnchanged(before, shop);
  },
  patience,
);
