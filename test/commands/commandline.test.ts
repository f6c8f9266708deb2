import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { DapClient } from '../dap/client.ts';
import { buildAdapter, root } from '../harness.ts';

let program: Awaited<ReturnType<typeof buildAdapter>>;
let folder: string;
beforeAll(async () => {
  program = await buildAdapter(join(root, 'adapter', 'main.ts'));
  folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the program where no cluster is known and no session was, with files of its own. */
async function cli(...args: string[]) {
  const env = { KUBECONFIG: join(folder, 'none'), XDG_STATE_HOME: folder, HOME: folder };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program.path, ...args], {
    env,
    cwd: folder,
    reject: false,
    input: '',
  });
  return { exitCode, stdout, stderr };
}

async function file(name: string, text: string, mode = 0o644): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test.each([
  { args: ['rum', 'web'], says: 'There is no command "rum"; did you mean "run"?' },
  { args: ['--lisen', '4711'], says: 'There is no option "--lisen"; did you mean "--listen"?' },
  { args: ['--listen', '99999'], says: '"--listen" has to be a port from 0 to 65535, and is "99999".' },
  { args: ['--listen'], says: 'The option "--listen" needs a value: PORT.' },
  { args: ['run'], says: 'Cannot tell the command to run from the rest: "--" is missing before it.' },
  { args: ['run', 'web', 'npm', 'start', '-x'], says: /"--" is missing before it\./ },
  { args: ['run', '--', 'npm'], says: 'TARGET is missing.' },
  { args: ['run', 'web', '--'], says: 'COMMAND is missing after "--".' },
  { args: ['run', 'web', 'db', '--', 'npm'], says: 'There is no use for "db" here.' },
  { args: ['run', 'web', '--prot', '1', '--', 'npm'], says: /"--prot"; did you mean "--port"/ },
  { args: ['run', 'web', '-x', '--', 'npm'], says: 'There is no option "-x"; did you mean "-n"?' },
  { args: ['run', 'web', '--port', '--', 'npm'], says: /"--port" needs a value: LOCAL:REMOTE\./ },
  { args: ['run', 'web', '--port', '--no-hosts', '--', 'npm'], says: /"--port" needs a value/ },
  { args: ['run', 'web', '--no-hosts=no', '--', 'npm'], says: /"--no-hosts" takes no value, and has "no"\./ },
  { args: ['run', 'web', '--port', 'http', '--', 'npm'], says: /has to be LOCAL:REMOTE.* and is "http"\./ },
  { args: ['run', 'web', '--env', 'A', '--', 'npm'], says: /has to be NAME=VALUE, and "A" is not\./ },
  { args: ['run', 'web', '--env', '=secret', '--', 'npm'], says: /NAME=VALUE, and "=…" is not\./ },
  { args: ['run', 'web', '--config', 'none.json', '--', 'npm'], says: /^Cannot read "none\.json": ENOENT/ },
  { args: ['restore', '--sesion', 'x'], says: /^There is no option "--sesion"; did you mean "--session"/ },
  { args: ['env'], says: 'TARGET is missing.' },
  {
    args: ['env', 'web', '--format', 'yaml'],
    says: /^There is no format "yaml".* There are "dotenv", "json"/,
  },
  { args: ['env', 'web', '--format', 'jsn'], says: /^There is no format "jsn"; did you mean "json"\?/ },
  { args: ['env', 'web', '--format'], says: 'The option "--format" needs a value: FORMAT.' },
  { args: ['status', '--show-secrets'], says: '"--show-secrets" says something only with "--diagnostics".' },
  { args: ['status', '--jsn'], says: 'There is no option "--jsn"; did you mean "--json"?' },
  { args: ['status', 'web'], says: 'There is no use for "web" here.' },
  { args: ['restore', 'x'], says: 'There is no use for "x" here.' },
  { args: ['list'], says: 'What to list is missing.' },
  { args: ['list', 'target'], says: /called "target"; did you mean "targets"\? There are "contexts"/ },
  { args: ['list', 'targets', 'web'], says: 'There is no use for "web" here.' },
  { args: ['list', 'contexts', '-n', 'x'], says: '"--namespace" says nothing with "list contexts".' },
  { args: ['list', 'contexts', '--context=x'], says: '"--context" says nothing with "list contexts".' },
  { args: ['list', 'namespaces', '-n', 'x'], says: '"--namespace" says nothing with "list namespaces".' },
  { args: ['list', 'targets', '--jsno'], says: 'There is no option "--jsno"; did you mean "--json"?' },
  ...['0', '-1', 'soon', '1e3', '', '86401'].map((value) => ({
    args: ['list', 'targets', `--connect-timeout=${value}`],
    says: `"--connect-timeout" has to be a number of seconds above 0 and up to 86400, and is "${value}".`,
  })),
])('command-line errors: $args: one line, then the usage, exit code 2', async ({ args, says }) => {
  const { exitCode, stdout, stderr } = await cli(...args);
  const [complaint = '', usage] = stderr.split('\n');
  expect(complaint).toMatch(/^localprocess-k8s: /);
  const words = complaint.slice('localprocess-k8s: '.length);
  if (typeof says === 'string') expect(words).toBe(says);
  else expect(words).toMatch(says);
  expect(usage).toMatch(/^usage: localprocess-k8s \w+/);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
});

test.each([
  ['broken.json', '{\n  "ports": [\n}\n', /^Cannot read "broken\.json:\d+:\d+": /],
  ['list.json', '["web"]', /^Cannot use "list\.json": it holds no object/],
  ['empty.json', '', /^Cannot use "empty\.json": it holds no object/],
])('a --config file that is no object of attributes is named: %s', async (name, text, says) => {
  await file(name, text);
  const { exitCode, stderr } = await cli('run', 'web', '--config', name, '--', process.execPath);
  expect(stderr.replace('localprocess-k8s: ', '')).toMatch(says);
  expect(exitCode).toBe(2);
});

test('an attribute of the --config file that is wrong is an error of the configuration', async () => {
  const name = await file('wrong.json', '{"portz": ["3000"], "debug": {"type": "node"}}');
  const { exitCode, stderr } = await cli('run', 'web', '--config', name, '--', process.execPath);
  expect(stderr).toMatch(/error 100: .*"portz" is no attribute .*did you mean "ports"\?/);
  expect(exitCode).toBe(1);
});

test('a command that is not found: 127, a clear error, and nothing is touched', async () => {
  const { exitCode, stderr } = await cli('run', 'web', '--', 'no-such-command');
  expect(stderr).toBe('localprocess-k8s: Cannot run "no-such-command": there is no such command.');
  expect(exitCode).toBe(127);
});

test('a command that is no executable file: 126', async () => {
  const path = await file('plain.txt', 'text');
  const { exitCode, stderr } = await cli('run', 'web', '--', path);
  expect(stderr).toBe(`localprocess-k8s: Cannot run "${path}": it is no executable file.`);
  expect(exitCode).toBe(126);
});

test('a cluster that is not there: exit code 1 and the number of the error; the command was not started', async () => {
  const script = ['-e', 'console.log("started")'];
  const { exitCode, stdout, stderr } = await cli('run', 'web', '--', process.execPath, ...script);
  expect(stderr).toMatch(/^localprocess-k8s: error 2\d\d: Cannot /m);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
});

test.each(['dap', 'run', 'env', 'list', 'init', 'doctor', 'status', 'restore'])(
  '%s --help: usage, what it does, every option',
  async (name) => {
    const { exitCode, stdout, stderr } = await cli(name, '--help');
    expect(stdout).toMatch(
      new RegExp(`^usage: localprocess-k8s ${name} .*\\n\\n[A-Z].*\\.\\n\\n +(-\\w, )?--\\w`),
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  },
);

test('--help names every command', async () => {
  const { exitCode, stdout } = await cli('--help');
  for (const name of ['dap', 'run', 'env', 'list', 'init', 'doctor', 'status', 'restore'])
    expect(stdout).toContain(`usage: localprocess-k8s ${name} `);
  expect(exitCode).toBe(0);
});

test('status: a kubeconfig that cannot be read does not hide the sessions of this machine', async () => {
  const forget = await deadSession();
  const { exitCode, stdout } = await cli('status');
  expect(stdout).toMatch(/^SESSION +TARGET +NAMESPACE +OWNER +AGE +STATE$/m);
  expect(stdout).toMatch(
    /^dead0001 +service\/web +shop +\S+@\S+ +\d+d +dead: "localprocess-k8s restore" undoes what it left$/m,
  );
  expect(stdout).toMatch(/^Only this machine: the cluster cannot be asked\. Cannot read the kubeconfig/m);
  expect(exitCode).toBe(0);
  await forget();
});

test('status --json: the same, for programs; the journal’s token is not in it', async () => {
  const forget = await deadSession();
  const { stdout } = await cli('status', '--json', '--diagnostics', '--show-secrets');
  expect(JSON.parse(stdout)).toMatchObject({
    sessions: [{ session: 'dead0001', state: 'dead', target: 'service/web', namespace: 'shop', pods: [] }],
    cluster: { error: { code: expect.stringMatching(/^kubeconfig-unreadable$/), number: 200 } },
  });
  expect(stdout).not.toContain('the-token');
  await forget();
});

test('status where no session is', async () => {
  const { stdout } = await cli('status');
  expect(stdout).toMatch(/^There is no session\.$/m);
});

/** The journal of a session whose process has died. */
async function deadSession(): Promise<() => Promise<void>> {
  const sessions = join(folder, 'localprocess-k8s', 'sessions');
  const path = join(sessions, 'dead0001.json');
  await mkdir(sessions, { recursive: true });
  const record = {
    version: 1,
    session: 'dead0001',
    process: { pid: 4194304, started: 'never' },
    since: '2026-01-01T00:00:00.000Z',
    log: '/dev/null',
    cluster: { context: 'test', namespace: 'shop', connectTimeoutSeconds: 1 },
    target: 'service/web',
    agents: { token: 'the-token' },
  };
  await writeFile(path, JSON.stringify(record));
  return () => rm(path);
}

test('options after "--" are the command’s own', async () => {
  const { stderr } = await cli('run', 'web', '--', 'no-such-command', '--help', '--port');
  expect(stderr).toContain('"no-such-command"');
});

test('--next-command: the error of a launch has that command behind its button', async () => {
  await using client = DapClient.start(process.execPath, [program.path, '--next-command', 'my.next'], {
    env: { XDG_STATE_HOME: folder, HOME: folder, TMPDIR: folder },
    cwd: folder,
  });
  await client.body('initialize', { adapterID: 'localprocess-k8s' });
  const { body } = await client.request('launch', { target: 'web', portz: [], debug: { type: 'node' } });
  expect(body?.error).toMatchObject({ id: 100, urlLabel: 'Open the Setting' });
  expect(decodeURIComponent(body?.error?.url ?? '')).toMatch(
    /^command:my\.next\?\[\{"code":"configuration-invalid","attribute":"portz","step":"setting"\}\]$/,
  );
});
