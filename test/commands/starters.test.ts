import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findStarters } from '../../adapter/commands/init/starters.ts';
import { root } from '../harness.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function has(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** What each starter starts: its type, and what names the program. */
async function found(target = 'service/web'): Promise<string[]> {
  const starters = await findStarters(folder, target);
  return starters.map(({ debug: { type, program, runtimeArgs, cwd } }) => {
    const what = typeof program === 'string' ? program : (runtimeArgs as string[]).join(' ');
    return `${type} ${what}${typeof cwd === 'string' ? ` in ${cwd}` : ''}`;
  });
}

const $ = '${workspaceFolder}';

test.each<[string, Record<string, string>, string[]]>([
  ['nothing', {}, []],
  ['nothing that is known', { 'README.md': '', Makefile: '' }, []],
  [
    'a package with a main file',
    { 'package.json': '{"main": "./lib/a.js"}', 'lib/a.js': '' },
    [`pwa-node ${$}/lib/a.js`],
  ],
  [
    'a package whose main file is not built yet',
    { 'package.json': '{"main": "dist/a.js", "scripts": {"start": "x"}}', 'server.js': '' },
    [`pwa-node ${$}/server.js`, 'pwa-node start'],
  ],
  ['a package without a program', { 'package.json': '{"scripts": {"start": 7}}' }, []],
  ['a package that is torn', { 'package.json': '{"main":', 'index.mjs': '' }, [`pwa-node ${$}/index.mjs`]],
  ['a package that is no object', { 'package.json': 'null' }, []],
  ['Django', { 'manage.py': '', 'app.py': '' }, [`debugpy ${$}/manage.py`]],
  [
    'Python, with usual names',
    { 'app.py': '', 'util.py': '', 'a.py': '', 'b.py': '' },
    [`debugpy ${$}/app.py`],
  ],
  [
    'Python, with a few files',
    { 'shop.py': '', 'test_shop.py': '', 'setup.py': '' },
    [`debugpy ${$}/shop.py`],
  ],
  ['Python, with many', { 'a.py': '', 'b.py': '', 'c.py': '', 'd.py': '' }, []],
  ['a Go program', { 'go.mod': 'module a', 'main.go': '' }, [`go ${$}`]],
  [
    'a Go module with commands',
    { 'go.mod': 'module a', 'cmd/b/main.go': '', 'cmd/a/main.go': '' },
    [`go ${$}/cmd/a`, `go ${$}/cmd/b`],
  ],
  [
    'a .NET project',
    { 'Shop.csproj': '<TargetFramework>net9.0</TargetFramework>' },
    [`coreclr ${$}/bin/Debug/net9.0/Shop.dll`],
  ],
  [
    'a Rust package, and a workspace of such',
    {
      'Cargo.toml': '[workspace]\nname = "no"\n',
      'a/Cargo.toml': '[package]\nname = "shop"\n[dependencies]\nname = "x"',
    },
    [`lldb ${$}/a/target/debug/shop in ${$}/a`],
  ],
  [
    'folders of others',
    {
      'node_modules/package.json': '{}',
      'node_modules/index.js': '',
      '.venv/app.py': '',
      'vendor/go.mod': '',
    },
    [],
  ],
])('%s', async (_, files, expected) => {
  await has(files);
  expect(await found()).toEqual(expected);
});

test('of the folders below, the one that is called like the target comes first', async () => {
  await has({ 'a/app.py': '', 'web/app.py': '', 'b/app.py': '' });
  expect(await found('deployment/web')).toEqual([
    `debugpy ${$}/web/app.py in ${$}/web`,
    `debugpy ${$}/a/app.py in ${$}/a`,
    `debugpy ${$}/b/app.py in ${$}/b`,
  ]);
});

test('a folder that is not there has nothing', async () => {
  expect(await findStarters(join(folder, 'none'), 'web')).toEqual([]);
});

test('the shop: each service by its own debugger', async () => {
  const starters = await findStarters(join(root, 'samples', 'shop'), 'service/stock');
  expect(starters.map(({ title }) => title)).toEqual([
    'Go: stock',
    'Python: prices/server.py',
    'Node.js: web/server.js',
  ]);
});
