import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnchanged, snapshot } from '../real/support/harness.ts';
import { launchJson, web } from './support/configurations.ts';
import { createScene, type Scene } from './support/scene.ts';

/** How long a whole session may take, in milliseconds. */
const patience = 180_000;

/** In this order where it stands first. */
const asked = { target: '${command:pickTarget}', namespace: '${command:pickNamespace}' };

let scene: Scene;

beforeAll(async () => {
  scene = await createScene('questions', {
    files: (namespace) => ({
      '.vscode/launch.json': launchJson([
        web(namespace),
        { ...web(namespace, 'asks each time'), ...asked },
        { ...asked, ...web(namespace, 'asks for the service first'), ...asked },
      ]),
    }),
  });
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** A process that has the local port. */
async function holder(): Promise<ChildProcess> {
  const script = "require('node:net').createServer().listen(3000, () => console.log('listening'))";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test(
  'a process in the way of the local port: the user is asked, and Cancel leaves it alone',
  async () => {
    const { shop, window } = scene;
    const before = await snapshot(shop);
    const child = await holder();
    await window.start('web, in the cluster');
    const question = window.dialog('3000');
    await question.waitFor();
    expect(await question.innerText()).toContain(String(child.pid));
    await window.picture('port-in-use');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    await window.ended();
    expect(child.exitCode ?? child.signalCode).toBeNull();
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    await expectUnchanged(before, shop);
  },
  patience,
);

test(
  'a process in the way of the local port is ended when the user says so',
  async () => {
    const { shop, inside, window } = scene;
    const before = await snapshot(shop);
    const child = await holder();
    const ended = once(child, 'exit');
    await window.start('web, in the cluster');
    await window.dialog('3000').getByRole('button', { name: 'Stop it' }).click();
    await ended;
    await shop.originalsGone('web');
    expect((await inside.request('http://web/who')).body).toBe('local');
    await window.stop();
    await expectUnchanged(before, shop);
  },
  patience,
);

test.each(['asks each time', 'asks for the service first'])(
  'a configuration that %s: namespace and service are asked for once, on each launch',
  async (name) => {
    const { shop, inside, window } = scene;
    const before = await snapshot(shop);
    await window.start(name);
    await window.list.choose(shop.name);
    await window.list.choose('service/web');
    await shop.originalsGone('web');
    expect((await inside.request('http://web/who')).body).toBe('local');
    await window.stop();
    await expectUnchanged(before, shop);

    await window.start(name);
    await window.list.row(shop.name).waitFor();
    await window.page.keyboard.press('Escape');
    await window.list.widget.waitFor({ state: 'hidden' });
    await window.ended();
    await expectUnchanged(before, shop);
  },
  patience,
);
