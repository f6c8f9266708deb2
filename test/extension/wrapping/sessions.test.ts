import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { variables } from '../../fakeLaunch.ts';
import { compile, kinds, missing, removeCompiled } from '../../debugger/kinds.ts';
import { connectClient, fixture, initialize, programs, root, runToBreakpoint } from '../../harness.ts';
import { temporaryFolder } from '../../machine/script.ts';
import { editorWith, ours, wrapped, write } from './editor.ts';

const run = promisify(execFile);

/** A session of a wrapped configuration, run to a breakpoint. */
async function sessionOf(
  configuration: Parameters<typeof wrapped>[0],
  program: { file: string; line: number },
) {
  const session = connectClient();
  await session.client.body('initialize', initialize);
  session.client.send('launch', configuration);
  return { ...session, there: await runToBreakpoint(session.client, program) };
}

test('debugpy: the selected interpreter, the debugpy that the extension carries, the default environment file', async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await write(path, {
    'shop/server.py': 'import os, sys\ntotal = 40 + 2\nprint(total)\n',
    'shop/.env': 'CLUSTER_ONLY=file\nGREETING="hi\\n${NAME}"\nPYTHONPATH=lib\n',
  });
  // An interpreter that has no debugpy.
  const { stdout } = await run(programs.python.debug.python, [
    '-c',
    'import sys; print(sys._base_executable)',
  ]);
  await run(stdout.trim(), ['-m', 'venv', '--without-pip', join(path, 'python')]);
  const interpreter = join(path, 'python', 'bin', 'python');
  const [carried] = (
    await run(programs.python.debug.python, ['-c', 'import debugpy; print(debugpy.__path__[0])'])
  ).stdout.split('\n');
  await mkdir(join(path, 'extension', 'bundled', 'libs'), { recursive: true });
  await symlink(carried ?? '', join(path, 'extension', 'bundled', 'libs', 'debugpy'));

  const editor = editorWith({
    folder: join(path, 'shop'),
    settings: { 'python.envFile': '${workspaceFolder}/.env' },
    extensions: {
      'ms-python.debugpy': { path: join(path, 'extension') },
      'ms-python.python': {
        exports: {
          environments: {
            getActiveEnvironmentPath: () => ({ path: interpreter }),
            resolveEnvironment: ({ path: fsPath }: { path: string }) =>
              Promise.resolve({ executable: { uri: { fsPath } } }),
          },
        },
      },
    },
  });
  const debug = {
    type: 'python',
    request: 'launch',
    program: join(path, 'shop', 'server.py'),
    env: { NAME: 'you' },
    osx: { console: 'internalConsole' },
    linux: { console: 'internalConsole' },
    preLaunchTask: 'build',
  };
  const configuration = await wrapped({ ...ours, debug }, editor);
  expect(configuration.preLaunchTask).toBe('build');
  await using session = await sessionOf(configuration, { file: debug.program, line: 3 });
  const { there } = session;
  expect(await there.evaluate('sys.prefix')).toContain(join(path, 'python'));
  expect(await there.evaluate('os.getcwd()')).toContain(join(path, 'shop'));
  expect(await there.evaluate('os.environ["CLUSTER_ONLY"]')).toBe("'file'");
  expect(await there.evaluate('os.environ["GREETING"]')).toBe(String.raw`'hi\nyou'`);
  expect(await there.evaluate('len(os.environ["SECRET"])')).toBe(String(variables.SECRET?.length));
  expect(await there.evaluate('os.environ["PYTHONPATH"].split(os.pathsep)[0]')).toBe("'lib'");
  expect(await there.evaluate('os.environ["PYTHONUNBUFFERED"]')).toBe("'1'");
});

test('delve: the test of a test file, named from the folder, with an environment file of its own rules', async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await write(path, {
    'go.mod': 'module shop\n\ngo 1.20\n',
    'shop.go': 'package shop\n\nfunc Total() int { return 42 }\n',
    'shop_test.go': `package shop

import (
	"os"
	"testing"
)

func TestOther(t *testing.T) { t.Fatal("this one was not asked for") }

func TestTotal(t *testing.T) {
	greeting, cluster, secret := os.Getenv("GREETING"), os.Getenv("CLUSTER_ONLY"), len(os.Getenv("SECRET"))
	total := Total()
	t.Log(greeting, cluster, secret, total)
}
`,
    'dev.env': 'export GREETING="hi ${NAME}"\n',
  });
  const editor = editorWith({
    folder: path,
    settings: {
      'go.toolsEnvVars': { NAME: 'you' },
      'go.alternateTools': { dlv: join(root, '.tools', 'dlv') },
    },
  });
  const debug = {
    type: 'go',
    request: 'launch',
    mode: 'auto',
    program: './shop_test.go',
    args: `-test.run '^TestTotal$'`,
    envFile: join(path, 'dev.env'),
  };
  const file = join(path, 'shop_test.go');
  await using session = await sessionOf(await wrapped({ ...ours, debug }, editor), { file, line: 13 });
  const { variables: local } = session.there;
  const valueOf = (name: string) => local.find((one) => one.name === name)?.value;
  expect(valueOf('greeting')).toBe('"hi you"');
  expect(valueOf('cluster')).toBe('"only-in-the-cluster"');
  expect(valueOf('secret')).toBe(String(Buffer.byteLength(variables.SECRET ?? '')));
  expect(valueOf('total')).toBe('42');
});

test('js-debug: a version of Node.js that nvm has, the platform’s own words, the environment file', async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const bin = join(path, 'nvm', 'versions', 'node', 'v20.1.2', 'bin');
  await mkdir(bin, { recursive: true });
  await symlink(process.execPath, join(bin, 'node'));
  await write(path, { 'dev.env': 'CLUSTER_ONLY=file\n' });
  const editor = editorWith({ folder: path, environment: { ...process.env, NVM_DIR: join(path, 'nvm') } });
  const debug = {
    type: 'node',
    request: 'launch',
    program: fixture('server.js'),
    runtimeVersion: '20',
    runtimeArgs: ['--inspect-brk=9229'],
    stopOnEntry: false,
    envFile: join(path, 'dev.env'),
    linux: { args: ['3', '60000'] },
    osx: { args: ['3', '60000'] },
  };
  await using session = await sessionOf(await wrapped({ ...ours, debug }, editor), programs.node);
  const { there } = session;
  expect(await there.evaluate('process.argv0')).toContain(join(bin, 'node'));
  expect(await there.evaluate(`process.env.PATH.split('${delimiter}')[0]`)).toContain(bin);
  expect(await there.evaluate('process.cwd()')).toContain(path);
  expect(await there.evaluate('process.argv[2]')).toBe("'3'");
  expect(await there.evaluate('process.env.CLUSTER_ONLY')).toBe("'file'");
  expect(await there.evaluate('process.env.SECRET.length')).toBe(String(variables.SECRET?.length));
});

const { CodeLLDB } = kinds;
if (!CodeLLDB) throw new Error('CodeLLDB is no longer tested.');
const reason = await missing(CodeLLDB.debug);
beforeAll(() => (reason === undefined ? compile() : undefined));
afterAll(removeCompiled);
(reason === undefined ? test : test.skip)(`CodeLLDB: what its settings add${reason ?? ''}`, async () => {
  const settings = { 'lldb.launch.env': { SECRET: 'of the settings' }, 'lldb.launch.preRunCommands': [] };
  const configuration = await wrapped({ ...ours, debug: CodeLLDB.debug }, editorWith({ settings }));
  await using session = await sessionOf(configuration, CodeLLDB);
  expect(await session.there.evaluate(CodeLLDB.length)).toBe(String('of the settings'.length));
});

test.each(['node', 'python', 'go'] as const)(
  '%s: Run Without Debugging runs past breakpoints, with the cluster’s variables',
  async (kind) => {
    const { debug, file, line } = programs[kind];
    const configuration = await wrapped({ ...ours, noDebug: true, debug }, editorWith());
    expect(configuration.debug).not.toHaveProperty('noDebug');
    await using session = connectClient();
    const { client } = session;
    await client.body('initialize', initialize);
    // Some have nothing to set breakpoints in, and do not say that they are initialized.
    client.onEvent('initialized', () => {
      client.send('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
      client.send('configurationDone');
    });
    client.send('launch', configuration);
    await client.waitForEvent('terminated');
    expect(client.events('stopped')).toEqual([]);
    expect(client.output()).toMatch(/secret "first\\nsecond .* total 42/);
  },
);
