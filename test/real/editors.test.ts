import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Emacs } from '../editors/emacs.ts';
import { expectGone } from '../editors/expectations.ts';
import { installed, sample } from '../editors/project.ts';
import { Screen } from '../editors/screen.ts';
import { breakpointLine, mainScript, root, services } from './support/f5.ts';
import { expectUnchanged, InsidePod, Namespace, snapshot } from './support/harness.ts';
import { kubeconfigWith, type KubeconfigFile } from './support/kubeconfigs.ts';

// Real editors, with their samples as they are, in samples/shop as it is: F5, a request from inside the cluster, Stop.

const { url, file, target } = services.node;
const line = breakpointLine(file);
const shopFolder = join(root, 'samples', 'shop');

let shop: Namespace;
let inside: InsidePod;
let config: KubeconfigFile;
let own = '';
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  shop = await Namespace.create('editors');
  inside = await InsidePod.start(shop);
  config = await kubeconfigWith({ namespace: shop.name });
  own = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  const command = join(own, 'localprocess-k8s');
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${mainScript}" "$@"\n`);
  await chmod(command, 0o755);
  const PATH = [own, process.env.PATH].join(delimiter);
  env = { ...process.env, PATH, KUBECONFIG: config.path, XDG_CONFIG_HOME: own, XDG_CACHE_HOME: own };
});
afterAll(async () => {
  await rm(own, { recursive: true, force: true });
  await config[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

/** The answer came from this machine. */
function expectLocal({ status, body }: { status: number; body: string }): void {
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ answeredBy: hostname(), item: 'pear', greeting: 'good morning' });
}

test('Emacs with dape', async () => {
  const before = await snapshot(shop);
  {
    await using emacs = await Emacs.start(shopFolder, env, own);
    await emacs.evaluate(`(drive-breakpoint "${file}" ${line})`);
    await emacs.evaluate(`(drive-start 'web-in-the-cluster "${file}")`);
    await shop.originalsGone(target);
    const asked = inside.request(`${url}?item=pear`);
    expect(await emacs.says('stopped', '(drive-stopped)')).toBe(`("${file}" ${line})`);
    expect(await emacs.says('value', '(drive-value "item")')).toBe(`"'pear'"`);
    await emacs.evaluate('(drive-continue)');
    expectLocal(await asked);
    await emacs.evaluate('(drive-quit)');
    await emacs.says('ended', '(drive-ended)');
  }
  await expectUnchanged(before, shop);
});

test('Helix', async () => {
  const before = await snapshot(shop);
  {
    await mkdir(join(own, 'helix'));
    await copyFile(sample('helix', 'languages.toml'), join(own, 'helix', 'languages.toml'));
    const command = [join(installed, 'bin', 'hx'), `web/server.js:${line}`];
    await using helix = Screen.start(command, { cwd: shopFolder, env, own });
    await helix.shows(/NOR/);
    await helix.press('Space', 'G', 'b');
    await helix.shows(/◯[^]*Debug \(experimental\)/);
    await helix.press('Escape');
    await helix.shows(/^(?![^]*Debug \(experimental\))/);
    await helix.enter(':debug-start web');
    await shop.originalsGone(target);
    const asked = inside.request(`${url}?item=pear`);
    await helix.shows(/stopped because of breakpoint/);
    await helix.enter(':debug-eval item');
    await helix.shows(/'pear'/);
    await helix.press('Space', 'G', 'c');
    expectLocal(await asked);
    const family = await helix.started(/dist\/main\.js/);
    expect(family.length).toBeGreaterThan(1);
    await helix.press('t');
    await expectGone(family);
  }
  await expectUnchanged(before, shop);
});
