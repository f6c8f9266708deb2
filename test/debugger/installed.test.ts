import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findDebugger, presets } from '../../adapter/debugger/presets.ts';

const { PATH, XDG_DATA_HOME, VSCODE_EXTENSIONS } = process.env;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  process.env.PATH = join(folder, 'bin');
  process.env.XDG_DATA_HOME = join(folder, 'data');
  process.env.VSCODE_EXTENSIONS = join(folder, 'extensions');
});
afterEach(async () => {
  Object.assign(process.env, { PATH, XDG_DATA_HOME, VSCODE_EXTENSIONS });
  for (const [name, value] of Object.entries({ XDG_DATA_HOME, VSCODE_EXTENSIONS }))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
  await rm(folder, { recursive: true });
});

/** An executable file in the test's folder, with the folders on its way. */
async function install(file: string, script = 'exit 0'): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test('a program on PATH is preferred to mason’s, and that to the extension of VS Code', async () => {
  const find = () => findDebugger('cppdbg', undefined, folder);
  const extension = await install('extensions/ms-vscode.cpptools-1.9.8/debugAdapters/bin/OpenDebugAD7');
  expect(await find()).toEqual({ by: 'stdio', command: extension, args: [] });
  const mason = await install('data/nvim/mason/bin/OpenDebugAD7');
  expect(await find()).toMatchObject({ command: mason });
  const program = await install('bin/OpenDebugAD7');
  expect(await find()).toMatchObject({ command: program });
});

test('of several versions of an extension the highest is taken, and no other extension that begins like it', async () => {
  await install('extensions/xdebug.php-debug-1.9.0/out/phpDebug.js');
  const newest = await install('extensions/xdebug.php-debug-1.39.0/out/phpDebug.js');
  await install('extensions/xdebug.php-debug-1.40.0/elsewhere.js');
  await install('extensions/xdebug.php-debug-pack-2.0.0/out/phpDebug.js');
  expect(await findDebugger('php', undefined, folder)).toEqual({
    by: 'stdio',
    command: process.execPath,
    args: [newest],
  });
});

test('of the names with a version behind them the highest is taken', async () => {
  await install('bin/lldb-dap-9');
  const newest = await install('bin/lldb-dap-19');
  await install('bin/lldb-dap-20-extra');
  expect(await findDebugger('lldb-dap', undefined, folder)).toMatchObject({ command: newest });
  const plain = await install('bin/lldb-dap');
  expect(await findDebugger('lldb-dap', undefined, folder)).toMatchObject({ command: plain });
});

test('what the configuration names is the only one tried', async () => {
  await install('bin/lldb-dap');
  const mine = await install('mine');
  const find = (debugAdapterExecutable: string) =>
    findDebugger('lldb-dap', undefined, folder, { type: 'lldb-dap', debugAdapterExecutable });
  expect(await find(mine)).toMatchObject({ command: mine });
  await expect(find('/no/such')).rejects.toMatchObject({
    code: 'debugger-not-installed',
    attribute: 'debug.debugAdapterExecutable',
    message: expect.stringContaining('"/no/such" is not an executable file') as unknown as string,
  });
});

test('a gdb that does not speak DAP is refused by its version', async () => {
  const old = await install('bin/gdb', 'echo "GNU gdb (Debian 13.1-3) 13.1"');
  await expect(findDebugger('gdb', undefined, folder)).rejects.toMatchObject({
    code: 'debugger-not-installed',
    message: expect.stringContaining(`"${old}" is version 13, and gdb speaks`) as unknown as string,
  });
  const gdb = await install('gdb-next', 'echo "GNU gdb (GDB) Fedora Linux 14.2-1.fc40"');
  expect(await findDebugger('gdb', undefined, folder, { type: 'gdb', gdb })).toMatchObject({
    command: gdb,
    args: ['-i', 'dap'],
  });
});

test('rdbg runs the command of the configuration, by Bundler where it is told to', async () => {
  const rdbg = await install('bin/rdbg3.1');
  const options = ['--open', '--host', '127.0.0.1', '--port', '0', '--command', '--'];
  const find = (debug: object) => findDebugger('ruby', undefined, folder, { type: 'ruby', ...debug });
  expect(await find({ script: 'a.rb', args: ['b', 1] })).toMatchObject({
    command: rdbg,
    args: [...options, 'ruby', 'a.rb', 'b', '1'],
  });
  expect(await find({ command: 'bin/rails server', cwd: folder })).toMatchObject({
    args: [...options, 'bin/rails', 'server'],
    cwd: folder,
  });
  await install('Gemfile');
  expect(await find({ script: 'a.rb', cwd: folder, useBundler: true })).toMatchObject({
    command: 'bundle',
    args: ['exec', 'rdbg', ...options, 'bundle', 'exec', 'ruby', 'a.rb'],
  });
  expect(await find({ request: 'attach', debugPort: 'there:12345' })).toEqual({
    by: 'address',
    host: 'there',
    port: 12345,
  });
  await expect(find({ request: 'attach', debugPort: '/a/socket' })).rejects.toMatchObject({
    code: 'configuration-invalid',
    attribute: 'debug.debugPort',
  });
  await expect(find({})).rejects.toMatchObject({ attribute: 'debug.script' });
});

test('perl-debug-adapter is preferred to Perl::LanguageServer', async () => {
  const program = await install('data/nvim/mason/bin/perl-debug-adapter');
  expect(await findDebugger('perl', undefined, folder)).toEqual({ by: 'stdio', command: program, args: [] });
});

test.each([
  ['lldb-dap', 'Install LLDB 18'],
  ['gdb', 'Install gdb 14'],
  ['cppdbg', '"ms-vscode.cpptools"'],
  ['coreclr', 'Samsung/netcoredbg'],
  ['php', '"xdebug.php-debug"'],
  ['ruby', 'gem install debug'],
  ['perl', 'cpan Perl::LanguageServer'],
  ['java', '"debugAdapter": {"port"'],
])('%s that is not installed: how to install it', async (type, advice) => {
  const debug = { type, script: 'a.rb' };
  await expect(findDebugger(type, undefined, folder, debug)).rejects.toMatchObject({
    code: 'debugger-not-installed',
    message: expect.stringContaining(advice) as unknown as string,
  });
});

test('PHP is not given variables where it starts nothing', () => {
  const php = presets.find(({ types }) => types.includes('php'));
  expect(php?.defaults?.({ type: 'php' })).toHaveProperty('env', undefined);
  expect(php?.defaults?.({ type: 'php', program: 'a.php' })).toEqual({});
  expect(php?.defaults?.({ type: 'php', runtimeArgs: ['-S', 'localhost:8000'] })).toEqual({});
});

test('no type has two presets', () => {
  const types = presets.flatMap((preset) => preset.types);
  expect(new Set(types).size).toBe(types.length);
});
