import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import getPort from 'get-port';
import { kubectl } from '../real/support/harness.ts';
import { createScene, type Scene } from './support/scene.ts';

const launchFile = '.vscode/launch.json';
/** How long a test may take, in milliseconds. */
const patience = 120_000;

let scene: Scene;
let folder: string;
let silent: Server;
const kubeconfig = () => join(folder, 'config');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  // Takes connections, and never answers.
  silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  await writeKubeconfig(`https://127.0.0.1:${await getPort()}`);
  scene = await createScene('lists', {
    manifests: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'elsewhere' },
        spec: { type: 'ExternalName', externalName: 'example.invalid' },
      },
    ],
    env: { KUBECONFIG: kubeconfig() },
  });
}, patience);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  silent.close();
  await rm(folder, { recursive: true, force: true });
});

/** Three contexts: of the real cluster, of a server that is not there until it is moved, and of a silent one. */
async function writeKubeconfig(away: string): Promise<void> {
  const text = await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']);
  const config = JSON.parse(text) as {
    clusters: { name: string; cluster: { server: string } }[];
    contexts: { name: string; context: object }[];
  };
  const [cluster] = config.clusters;
  const [context] = config.contexts;
  if (!cluster || !context) throw new Error('The kubeconfig of the real cluster names none.');
  const servers = { away, silent: `https://127.0.0.1:${(silent.address() as AddressInfo).port}` };
  for (const [name, server] of Object.entries(servers)) {
    config.clusters.push({ name, cluster: { ...cluster.cluster, server } });
    config.contexts.push({ name, context: { ...context.context, cluster: name } });
  }
  await writeFile(kubeconfig(), JSON.stringify(config), { mode: 0o600 });
}

test(
  'clusters that do not answer say so, and are asked again; back leads to the question before',
  async () => {
    const { shop, project, window } = scene;
    const { list } = window;
    await window.runAndDebug('Configure Local Process with Kubernetes');
    await list.choose('away');
    const failure = list.row('Cannot reach the API server');
    await failure.waitFor();
    await list.row('try again').waitFor();
    await window.picture('cluster-missing');
    await list.row('try again').click();
    await failure.waitFor();

    await list.back();
    await list.choose('silent');
    await list.says('There is no answer yet.');
    await window.picture('cluster-slow');
    await list.row('try again').waitFor();

    // Somebody sets it right.
    await list.back();
    await list.choose('away');
    await failure.waitFor();
    const { clusters } = JSON.parse(
      await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']),
    ) as { clusters: { cluster: { server: string } }[] };
    await writeKubeconfig(clusters[0]?.cluster.server ?? '');
    await list.row('try again').click();
    await list.choose(shop.name);

    await list.row('service/web').waitFor();
    const impossible = list.row('service/elsewhere');
    expect(await impossible.innerText()).toMatch(/names a host outside the cluster/);
    await impossible.click();
    await list.row('service/web').waitFor();
    await shop.kubectl('scale', 'deployment/stock', '--replicas=0');
    await shop.kubectl('wait', '--for=delete', 'pod', '--selector', 'app=stock', '--timeout=60s');
    await list.refresh();
    await list.row(/service\/stock[^]*it has no pod/).waitFor();
    await window.page.keyboard.press('Escape');
    await list.widget.waitFor({ state: 'hidden' });
    await expect(project.read(launchFile)).rejects.toThrow('ENOENT');
  },
  patience,
);

test(
  'the command adds a configuration, of several ports and another extension’s offer, and offers to start it',
  async () => {
    const { shop, project, window } = scene;
    const { list } = window;
    const plain = { name: 'plain', type: 'node', request: 'launch', program: 'a.js' };
    await project.write(launchFile, { version: '0.2.0', configurations: [plain] });
    await window.open('server.js');
    await window.command('Local Process with Kubernetes: Configure');
    await list.choose('away');
    await list.choose(shop.name);
    await list.choose('service/prices');
    await list.enter('none', /"none" is not a port/);
    await list.enter('5001:http');
    await list.row('plain').waitFor();
    await list.row('Python: prices/server.py').waitFor();
    await list.choose('Node.js …');
    await list.row('Run Current File').waitFor();
    await window.page.keyboard.press('Escape');
    await window.notification('not started, but wrapped').getByRole('button', { name: 'Cancel' }).click();
    await list.choose('Node.js …');
    await list.choose('Run Current File');
    const added = window.notification('"prices, in the cluster" is in launch.json.');
    await added.waitFor();
    const written = JSON.parse((await project.read(launchFile)).replaceAll(/^\s*\/\/.*$/gm, '')) as {
      configurations: unknown[];
    };
    expect(written.configurations).toEqual([
      plain,
      {
        name: 'prices, in the cluster',
        type: 'localprocess-k8s',
        request: 'launch',
        context: 'away',
        namespace: shop.name,
        target: 'service/prices',
        ports: ['5001:http'],
        debug: {
          type: 'pwa-node',
          request: 'launch',
          program: '${workspaceFolder}/web/server.js',
          args: [],
        },
      },
    ]);
    await added.getByRole('button', { name: 'Start …' }).click();
    await list.row('prices, in the cluster').waitFor();
    await window.page.keyboard.press('Escape');
  },
  patience,
);

test(
  'the Run and Debug view offers it: what is added beside others is there to be selected',
  async () => {
    const { shop, window } = scene;
    const { list } = window;
    await window.command('Debug: Select and Start Debugging');
    await list.choose('Local Process with Kubernetes');
    await list.choose('Configure …');
    await list.choose('away');
    await list.choose(shop.name);
    await list.choose('service/web');
    await list.confirm('3000');
    await list.choose('plain');
    await list.row('web, in the cluster').waitFor();
    await window.page.keyboard.press('Escape');
    await window.ended();
  },
  patience,
);

test(
  'a launch.json that cannot be read stays as it is, and the user is told where it is wrong',
  async () => {
    const { shop, project, window } = scene;
    const { list } = window;
    const broken = '{ "configurations": [ { "name": }';
    await project.write(launchFile, broken);
    await window.command('Local Process with Kubernetes: Configure');
    await list.choose('away');
    await list.choose(shop.name);
    await list.choose('service/web');
    await list.confirm('3000');
    await list.choose('Node.js: web/server.js');
    const dialog = window.dialog('launch.json:1:33');
    await dialog.getByRole('button', { name: 'OK' }).click();
    expect(await project.read(launchFile)).toBe(broken);
  },
  patience,
);

test(
  'a launch.json that the editor creates holds a configuration that F5 completes',
  async () => {
    const { project, window } = scene;
    await project.remove(launchFile);
    await window.runAndDebug('create a launch.json file');
    await window.list.choose('Local Process with Kubernetes');
    await window.page.locator('.tab.active', { hasText: 'launch.json' }).waitFor();
    const written = (await project.read(launchFile)).replaceAll(/^\s*\/\/.*$/gm, '');
    expect(JSON.parse(written)).toMatchObject({
      configurations: [{ type: 'localprocess-k8s', request: 'launch', name: 'A service of the cluster' }],
    });
    await window.start('A service of the cluster');
    await window.list.row('away').waitFor();
    await window.page.keyboard.press('Escape');
    await window.ended();
  },
  patience,
);
