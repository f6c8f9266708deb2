import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'jsonc-parser';
import { buildAdapter, root } from '../harness.ts';

let program: Awaited<ReturnType<typeof buildAdapter>>;
beforeAll(async () => {
  program = await buildAdapter(join(root, 'adapter', 'main.ts'));
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs `init` where nobody can be asked and no cluster is known. */
async function init(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program.path, 'init', ...args], {
    env: { KUBECONFIG: join(folder, 'none'), HOME: folder },
    cwd: folder,
    reject: false,
    input: '',
  });
  return { exitCode, stdout, stderr };
}

const launchJson = () => join(folder, '.vscode', 'launch.json');
const written = () => readFile(launchJson(), 'utf8');

async function existing(text: string): Promise<void> {
  await mkdir(join(folder, '.vscode'));
  await writeFile(launchJson(), text);
}

const node = '{"type": "pwa-node", "request": "launch", "program": "${workspaceFolder}/server.js"}';

test('everything given: a launch.json is made, with comments, and nothing is asked of anybody', async () => {
  const done = await init(
    ...['--target', 'service/web', '--namespace', 'shop', '--context', 'dev', '--debug', node],
    ...['--port', '3000:http', '--port', '9090', '--name', 'web'],
  );
  expect(done).toEqual({ exitCode: 0, stdout: `"web" is now in ".vscode/launch.json".`, stderr: '' });
  expect(await written()).toBe(`{
  "version": "0.2.0",
  "configurations": [
    {
      "name": "web",
      "type": "localprocess-k8s",
      "request": "launch",
      // The context of your kubeconfig: which cluster. Without it, the current one.
      "context": "dev",
      "namespace": "shop",
      // What to stand in for: its traffic arrives here, and its variables, volumes and names are here too.
      "target": "service/web",
      // LOCAL:REMOTE: the port that your process listens on, and the container's.
      "ports": ["3000:http", "9090"],
      // Your own configuration, for your own debugger.
      "debug": {
        "type": "pwa-node",
        "request": "launch",
        "program": "\${workspaceFolder}/server.js"
      }
    }
  ]
}
`);
  expect(await readdir(join(folder, '.vscode'))).toEqual(['launch.json']);
});

test('what has a default may be left out', async () => {
  expect((await init('--target', 'web', '--debug', '{"type": "go"}')).exitCode).toBe(0);
  expect(parse(await written())).toEqual({
    version: '0.2.0',
    configurations: [
      {
        name: 'web, in the cluster',
        type: 'localprocess-k8s',
        request: 'launch',
        target: 'web',
        debug: { type: 'go' },
      },
    ],
  });
});

test('--json tells what was done', async () => {
  const args = ['--target', 'web', '--debug', '{"type": "go"}', '--json', '--kubeconfig', 'k'];
  const { stdout, exitCode } = await init(...args);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    file: launchJson(),
    replaced: false,
    configuration: { name: 'web, in the cluster', kubeconfig: 'k', debug: { type: 'go' } },
  });
});

const mine = `// Mine
{
\t"configurations": [
\t\t// As ever
\t\t{ "name": "server", "type": "node", "program": "s.js", "preLaunchTask": "build", "serverReadyAction": {"action": "openExternally"}, "presentation": {"hidden": true}, "windows": {"program": "w.js"}, },
\t\tnull, // for later
\t],
\t"compounds": [{ "name": "all" }]
}`;

test('a configuration of the file is wrapped: it stays, its tasks go around the new one, the rest is as it was', async () => {
  await existing(mine);
  expect(await init('--target', 'service/web', '--wrap', 'server')).toMatchObject({ exitCode: 0 });
  const after = await written();
  expect(after.startsWith(mine.slice(0, mine.indexOf('\n\t],')))).toBe(true);
  expect(after.endsWith('\n\t],\n\t"compounds": [{ "name": "all" }]\n}')).toBe(true);
  const { configurations } = parse(after, [], { allowTrailingComma: true }) as { configurations: unknown[] };
  expect(configurations[2]).toEqual({
    name: 'web, in the cluster',
    type: 'localprocess-k8s',
    request: 'launch',
    target: 'service/web',
    preLaunchTask: 'build',
    serverReadyAction: { action: 'openExternally' },
    debug: { type: 'node', program: 's.js' },
    windows: { debug: { type: 'node', program: 'w.js' } },
  });
});

test('a name that is taken: refused; with --force that configuration alone is replaced', async () => {
  await existing(mine);
  await init('--target', 'web', '--wrap', 'server', '--name', 'mine');
  const before = await written();
  const again = await init('--target', 'db', '--wrap', 'server', '--name', 'mine');
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toMatch(
    /^localprocess-k8s: There is a configuration "mine" in ".vscode\/launch.json" already: choose another "--name", or replace it with "--force"\.\nusage/,
  );
  expect(await written()).toBe(before);

  const forced = await init('--target', 'db', '--wrap', 'server', '--name', 'mine', '--force');
  expect(forced).toMatchObject({ exitCode: 0, stdout: '"mine" was replaced in ".vscode/launch.json".' });
  expect(await written()).toBe(before.replace('"target": "web"', '"target": "db"'));
});

test('a configuration of another debugger is not replaced, also not with --force', async () => {
  await existing(mine);
  const { exitCode, stderr } = await init(
    ...['--target', 'web', '--debug', node, '--name', 'server', '--force'],
  );
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/already, for the debugger "node": choose another "--name"\./);
  expect(await written()).toBe(mine);
});

test('a default name that is taken is refused as well', async () => {
  await init('--target', 'web', '--debug', node);
  const before = await written();
  expect(await init('--target', 'web', '--debug', node)).toMatchObject({ exitCode: 2 });
  expect(await written()).toBe(before);
});

test('the file keeps its mode, and a link to it stays a link', async () => {
  await writeFile(join(folder, 'shared.json'), '{}', { mode: 0o640 });
  await chmod(join(folder, 'shared.json'), 0o640);
  await mkdir(join(folder, '.vscode'));
  await symlink(join('..', 'shared.json'), launchJson());
  expect(await init('--target', 'web', '--debug', node)).toMatchObject({ exitCode: 0 });
  expect((await lstat(launchJson())).isSymbolicLink()).toBe(true);
  expect((await stat(launchJson())).mode & 0o777).toBe(0o640);
  expect(await written()).toContain('"web, in the cluster"');
  expect((await readdir(folder)).sort()).toEqual(['.vscode', 'shared.json']);
});

test('another file', async () => {
  const { exitCode } = await init('--target', 'web', '--debug', node, '--file', 'a/b/launch.json');
  expect(exitCode).toBe(0);
  expect(await readFile(join(folder, 'a', 'b', 'launch.json'), 'utf8')).toContain('"web, in the cluster"');
});

test.each([
  ['{\n  "configurations": [\n    {]\n}', /error 101: Cannot read "\.vscode\/launch\.json:3:6": /],
  ['[]', /error 101: Cannot read "\.vscode\/launch\.json:1:1": It has to be an object/],
  ['{"configurations": 1}', /launch\.json:1:20": "configurations" has to be a list/],
])('an invalid launch.json is named with line and column, and stays as it is: %j', async (text, says) => {
  await existing(text);
  const { exitCode, stdout, stderr } = await init('--target', 'web', '--debug', node);
  expect(stderr).toMatch(says);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(await written()).toBe(text);
  expect(await readdir(join(folder, '.vscode'))).toEqual(['launch.json']);
});

test('a place where nothing can be written', async () => {
  await writeFile(join(folder, 'file'), '');
  const { exitCode, stderr } = await init('--target', 'web', '--debug', node, '--file', 'file/launch.json');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/error (101|408): Cannot (read|write) "file\/launch\.json": .*"--file"/);
  await mkdir(join(folder, 'folder'));
  const other = await init('--target', 'web', '--debug', node, '--file', 'folder');
  expect(other.stderr).toMatch(/error 101: Cannot read "folder": EISDIR.* Correct "--file"\./);
  const unwritable = await init('--target', 'web', '--debug', node, '--file', '/proc/launch.json');
  expect(unwritable.stderr).toMatch(
    /error 408: Cannot write "\/proc\/launch\.json": .* Make it and its folder/,
  );
});

test.each([
  [[], /is no terminal: give "--target TARGET", and "--wrap NAME" or "--debug JSON"\.$/],
  [['--target', 'web'], /is no terminal: give "--wrap NAME" or "--debug JSON"\.$/],
  [['--debug', '{"type": "go"}'], /is no terminal: give "--target TARGET"\.$/],
  [['--target', 'web', '--debug', '{'], /^"--debug" has to be JSON, e\.g\. .* and is not: .+\.$/],
  [['--target', 'web', '--debug', '[]'], /^"--debug" has to be an object, e\.g\./],
  [['--target', 'web', '--debug', '{}'], /^"--debug" has no "type": it says which debugger/],
  [['--target', 'web', '--debug', '{"type": "localprocess-k8s"}'], /^"--debug" is a localprocess-k8s conf/],
  [
    ['--target', 'web', '--debug', '{"type": "go"}', '--wrap', 'x'],
    /both say what to wrap: give one of them/,
  ],
  [
    ['--target', 'web', '--wrap', 'sevrer'],
    /^There is no configuration "sevrer" in "\.vscode\/launch\.json"; did you mean "server"\? There is "server"\.$/,
  ],
  [['--target', 'web', '--wrap', 'all'], /^There is no configuration "all" in .*\. There is "server"\.$/],
  [['--target', 'a/b/c', '--debug', '{"type": "go"}'], /^Cannot read the target "a\/b\/c": write it as/],
  [['--target', 'job/x', '--debug', '{"type": "go"}'], /^Cannot stand in for "job\/x" yet/],
  [['--target', 'web', '--debug', '{"type": "go"}', '--port', 'http'], /^"--port" has to be LOCAL:REMOTE/],
  [['--target', 'web', '--debug', '{"type": "go"}', '--name', ' '], /^"--name" is empty\.$/],
  [
    ['--editor', 'vim'],
    /^There is no editor "vim"; did you mean "nvim"\? There are "vscode", "visual-studio"/,
  ],
  [['--editor', 'nvim', '--force'], /^"--force" says nothing with "--editor nvim": nothing is written\.$/],
  [['--editor', 'zed', '--json'], /^"--json" says nothing with "--editor zed"/],
  [['--connect-timeout', 'x'], /^"--connect-timeout" has to be a number of seconds/],
  [['web'], /^There is no use for "web" here\.$/],
  [['--traget', 'web'], /^There is no option "--traget"; did you mean "--target"\?$/],
])(
  'a command line that is wrong: %j: one line, the usage, exit code 2, nothing written',
  async (args, says) => {
    await existing(mine);
    const { exitCode, stdout, stderr } = await init(...args);
    const [complaint = '', usage] = stderr.split('\n');
    expect(complaint.replace('localprocess-k8s: ', '')).toMatch(says);
    expect(usage).toMatch(/^usage: localprocess-k8s init /);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(await written()).toBe(mine);
  },
);

test('attributes that a launch would refuse are refused here', async () => {
  const { exitCode, stderr } = await init('--target', 'web', '--debug', node, '--namespace', '');
  expect(stderr).toMatch(/error 100: .*"namespace" is empty/);
  expect(exitCode).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('with --json a program is told what is wrong', async () => {
  const { exitCode, stdout, stderr } = await init('--target', 'web', '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    error: { number: 103, code: 'command-invalid', message: expect.stringMatching(/give "--wrap NAME" or/) },
  });
});

test('for another editor it is printed, where it belongs is said beside it, and nothing is written', async () => {
  // What is not needed is not read.
  await existing('broken');
  const args = ['--editor', 'zed', '--target', 'service/web', '--port', '3000:http', '--name', 'web'];
  const debug =
    '{"type": "pwa-node", "program": "${workspaceFolder}/s.js", "preLaunchTask": "b", "args": ["${file}"]}';
  const { exitCode, stdout, stderr } = await init(...args, '--debug', debug);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    {
      label: 'web',
      adapter: 'localprocess-k8s',
      request: 'launch',
      target: 'service/web',
      ports: ['3000:http'],
      debug: { type: 'pwa-node', program: '$ZED_WORKTREE_ROOT/s.js', args: ['${file}'] },
    },
  ]);
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/\.zed\/debug\.json/),
    'localprocess-k8s: Left out, since only VS Code does it: "preLaunchTask".',
    'localprocess-k8s: Write something else for "${file}": only VS Code knows what that is.',
  ]);
  expect(await written()).toBe('broken');
});
