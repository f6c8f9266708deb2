import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { parse } from 'jsonc-parser';
import { readConfiguration } from '../../adapter/configuration.ts';
import { buildAdapter, fixture, root } from '../harness.ts';

/** Where scripts/install-editors.sh puts the editors. */
export const installed = join(root, '.tools', 'editors');

/** The samples of an editor. */
export const sample = (...path: string[]) => join(root, 'samples', 'editors', ...path);

/** The services of samples/shop, as programs that need no cluster; the line is that of the first use of `total`. */
export const programs = {
  node: { path: 'web/server.js', line: 4, total: 'total' },
  python: { path: 'prices/server.py', line: 5, total: 'total' },
  go: { path: 'stock/main.go', line: 14, total: 'total' },
};

/**
 * A folder laid out as samples/shop is, and an environment for an editor in which `localprocess-k8s` is the adapter
 * without a cluster. It takes just what the samples say: `--debugger TYPE`.
 */
export async function shopProject() {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-shop-'));
  const adapter = await buildAdapter();
  for (const [from, to] of [
    ['server.js', 'web/server.js'],
    ['server.py', 'prices/server.py'],
    ['go/main.go', 'stock/main.go'],
    ['go/go.mod', 'stock/go.mod'],
  ] as const) {
    await mkdir(join(folder, dirname(to)), { recursive: true });
    await copyFile(fixture(from), join(folder, to));
  }
  await copyFile(join(root, 'samples', 'shop', 'kustomization.yaml'), join(folder, 'kustomization.yaml'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await program(
    join(bin, 'localprocess-k8s'),
    `if [ $# != 2 ] || [ "$1" != --debugger ]; then echo "not as the samples say: $*" >&2; exit 2; fi\nexec "${process.execPath}" "${adapter.path}" "$2"`,
  );
  const PATH = [bin, join(root, '.tools'), join(root, '.venv', 'bin'), process.env.PATH].join(delimiter);
  // Nothing of the user's own configuration, and nothing left in it.
  const home = join(folder, 'home');
  await mkdir(home);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH,
    HOME: home,
    GOCACHE: process.env.GOCACHE ?? join(process.env.HOME ?? '', '.cache', 'go-build'),
    ...Object.fromEntries(
      ['CONFIG', 'DATA', 'STATE', 'CACHE'].map((kind) => [
        `XDG_${kind}_HOME`,
        join(home, kind.toLowerCase()),
      ]),
    ),
  };
  return {
    folder,
    env,
    [Symbol.asyncDispose]: async () => {
      await adapter[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** What a sample's configuration says, for whoever compares two. */
export interface Sampled {
  target: string;
  ports: string[];
  debug: { type: string; [attribute: string]: unknown };
}

/** A sample with comments, as JSON. */
export function readJsonc(path: string): unknown {
  return parse(readFileSync(path, 'utf8'), [], { allowTrailingComma: true, disallowComments: false });
}

/**
 * A sample's configuration is one that the adapter takes, and says what samples/shop/.vscode/launch.json says of the same
 * target. `folder`: what stands for `${workspaceFolder}` in it.
 */
export function expectAsInShop(configuration: Sampled, folder: string): void {
  const path = join(root, 'samples', 'shop', '.vscode', 'launch.json');
  const { configurations } = readJsonc(path) as { configurations: Sampled[] };
  const { target, ports, debug } = readConfiguration(configuration);
  const same = configurations.find((one) => one.target === target);
  if (!same) throw new Error(`There is no "${target}" in ${path}.`);
  const text = JSON.stringify({ target, ports, debug: same.debug }).replaceAll('${workspaceFolder}', folder);
  expect({ target, ports, debug }).toEqual(JSON.parse(text));
  expect(ports).toEqual(same.ports);
}
