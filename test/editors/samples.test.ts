import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { nested } from '../../adapter/nested.ts';
import { root } from '../harness.ts';
import { expectConversation, expectGone } from './expectations.ts';
import { expectAsInShop, programs, readJsonc, sample, shopProject, type Sampled } from './project.ts';
import { Run } from './run.ts';
import { visualStudio } from './visualStudio.ts';
import { zed } from './zed.ts';

// That of Emacs, Helix and Neovim is run by these: emacs.test.ts, helixProgram.test.ts, neovimProgram.test.ts.

const visualStudioSample = (name: string) => join(root, 'samples', 'visual-studio', name);
const text = (path: string) => readFileSync(path, 'utf8');

/** A TOML file, by Python's own reader. */
function readToml(path: string): unknown {
  const script = 'import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], "rb"))))';
  return JSON.parse(
    execFileSync(join(root, '.venv', 'bin', 'python'), ['-c', script, path], { encoding: 'utf8' }),
  );
}

test('Helix: every template says what the shop’s launch.json says, but for paths that are relative', () => {
  const { language } = readToml(sample('helix', 'languages.toml')) as {
    language: {
      debugger: { command: string; args: string[]; templates: { args: Record<string, unknown> }[] };
    }[];
  };
  expect(language).toHaveLength(3);
  for (const { debugger: adapter } of language) {
    const [template] = adapter.templates;
    const { target, ports, debug } = nested(template?.args ?? {}) as unknown as Sampled;
    expect(adapter).toMatchObject({ command: 'localprocess-k8s', args: ['--debugger', debug.type] });
    const absolute: Record<string, object> = {
      'pwa-node': { program: '/shop/web/server.js', cwd: '/shop/web' },
      debugpy: { program: '/shop/prices/server.py' },
      go: { program: '/shop/stock' },
    };
    const { dlvCwd, ...others } = debug;
    expect(dlvCwd).toBe(debug.type === 'go' ? 'stock' : undefined);
    expectAsInShop({ target, ports, debug: { ...others, ...absolute[debug.type] } }, '/shop');
  }
});

type ZedScenario = Sampled & { label: string; adapter: string; request: string };
const scenarios = readJsonc(sample('zed', 'debug.json')) as ZedScenario[];

test('Zed: the extension knows the adapter that the scenarios name, and asks for what the schema asks for', () => {
  const extension = readToml(sample('zed', 'extension', 'extension.toml')) as {
    version: string;
    debug_adapters: Record<string, object>;
  };
  const [adapter = ''] = Object.keys(extension.debug_adapters);
  expect(new Set(scenarios.map((scenario) => scenario.adapter))).toEqual(new Set([adapter]));
  const crate = readToml(sample('zed', 'extension', 'Cargo.toml')) as { package: { version: string } };
  expect(crate.package.version).toBe(extension.version);
  const schema = readJsonc(sample('zed', 'extension', 'debug_adapter_schemas', `${adapter}.json`));
  const { required } = JSON.parse(text(join(root, 'schemas', 'launch.schema.json'))) as {
    required: string[];
  };
  expect(schema).toMatchObject({ required });
  const program = text(sample('zed', 'extension', 'src', 'lib.rs'));
  expect(program).toContain(`const COMMAND: &str = "${adapter}";`);
  expect(program).toContain('vec!["--debugger".to_string(), debugger.to_string()]');
});

test.each(scenarios.map((scenario) => ({ ...scenario, type: scenario.debug.type })))(
  'Zed: $label leads to a breakpoint',
  async ({ type }) => {
    await using project = await shopProject();
    const { folder, env } = project;
    const scenario = scenarios.find(({ debug }) => debug.type === type);
    const written = JSON.stringify(scenario).replaceAll('$ZED_WORKTREE_ROOT', folder);
    // Zed keeps `label` and `adapter` to itself.
    const { adapter, ...configuration } = JSON.parse(written) as Partial<ZedScenario> & Sampled;
    delete configuration.label;
    expectAsInShop(configuration, folder);
    const access = {
      mainScript: '',
      program: join(folder, 'bin', adapter ?? ''),
      args: ['--debugger', type],
    };
    await using run = Run.start(zed, { ...access, env, cwd: folder });
    await run.begin({ ...configuration });
    const kind = type === 'pwa-node' ? 'node' : type === 'go' ? 'go' : 'python';
    const place = { file: join(folder, programs[kind].path), line: programs[kind].line };
    if (kind === 'node') {
      await run.client.waitForEvent('initialized');
      await zed.configure(run, place);
    }
    const debugged = kind === 'node' ? await run.child() : run;
    const { variables } = await debugged.stopAt(place);
    expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
    const family = await run.family();
    await zed.stop(run);
    await run.exited();
    await expectGone(family);
    expectConversation(run);
  },
);

const engine = '{1526AFA1-524D-4C74-9796-898D673FE5E6}';
type VisualStudioConfiguration = Sampled & Record<string, string>;
const forCommand = JSON.parse(text(visualStudioSample('launch.json'))) as VisualStudioConfiguration;
const folderFile = JSON.parse(text(visualStudioSample('launch.vs.json'))) as {
  configurations: VisualStudioConfiguration[];
};

/** A configuration as the adapter gets it, with Windows' paths as they would be here: `project` is Open Folder's own. */
const posix = (configuration: VisualStudioConfiguration, folder: string) =>
  JSON.parse(
    JSON.stringify({ ...configuration, project: undefined })
      .replaceAll(/C:\\\\shop|\$\{workspaceRoot\}/g, folder)
      .replaceAll('\\\\', '/'),
  ) as VisualStudioConfiguration;

test('Visual Studio: both files say what the shop’s launch.json says, and what Visual Studio adds is no mistake', () => {
  for (const configuration of [forCommand, ...folderFile.configurations]) {
    expectAsInShop(posix(configuration, '/shop'), '/shop');
  }
});

test('Visual Studio: its conversation leads the configuration of launch.vs.json to a breakpoint', async () => {
  await using project = await shopProject();
  const { folder, env } = project;
  const [configuration] = folderFile.configurations;
  if (!configuration) throw new Error('There is no configuration in launch.vs.json.');
  const args = configuration.$adapterArgs?.split(' ') ?? [];
  const access = { mainScript: '', program: join(folder, 'bin', 'localprocess-k8s'), args };
  await using run = Run.start(visualStudio, { ...access, env, cwd: folder });
  await run.begin(posix(configuration, folder), 'launch', null);
  const { path, line } = programs.node;
  const { variables } = await run.stopAt({ file: join(folder, path), line });
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  const family = await run.family();
  await visualStudio.stop(run);
  await run.exited();
  await expectGone(family);
  expectConversation(run);
});

test('Visual Studio: the registration, the extension and its project name the same engine and files that there are', () => {
  const pkgdef = text(visualStudioSample('localprocess-k8s.pkgdef'));
  const values: Record<string, string | number> = Object.fromEntries(
    [...pkgdef.matchAll(/^"(\w+)"=(?:"(.*)"|dword:([0-9a-f]{8}))$/gm)].map(([, name = '', value, number]) => [
      name,
      value ?? Number.parseInt(number ?? '', 16),
    ]),
  );
  expect(pkgdef).toContain(`[$RootKey$\\AD7Metrics\\Engine\\${engine}]`);
  expect(values).toEqual({
    CLSID: '{DAB324E9-7B35-454C-ACA8-F6BB0D5C8673}',
    AlwaysLoadLocal: 1,
    AddressBP: 0,
    CallStackBP: 0,
    Name: 'localprocess-k8s',
    Language: 'localprocess-k8s',
    Adapter: '$PackageFolder$\\localprocess-k8s.cmd',
    Attach: 0,
    Exceptions: 0,
    ExceptionConditions: 0,
  });
  expect(text(visualStudioSample('OpenFolder.cs'))).toContain(`new System.Guid("${engine.slice(1, -1)}")`);
  expect(text(visualStudioSample('OpenFolder.cs'))).toContain(
    `Name = "${folderFile.configurations[0]?.type ?? ''}";`,
  );
  expect(text(visualStudioSample('source.extension.vsixmanifest'))).toContain(
    'Path="localprocess-k8s.pkgdef"',
  );

  const project = text(visualStudioSample('localprocess-k8s.csproj'));
  const packed = [...project.matchAll(/<Content Include="([^"]+)"(?: Link="([^"]+)")?/g)];
  const files = packed.map(([, file = '', link]) => [file.replaceAll('\\', '/'), link ?? file] as const);
  expect(files.map(([, name]) => name).sort()).toEqual([
    'agent.b64',
    'localprocess-k8s.cmd',
    'localprocess-k8s.pkgdef',
    'main.mjs',
  ]);
  for (const [file] of files)
    if (!file.includes('/dist/')) expect(existsSync(visualStudioSample(file))).toBe(true);
  expect(text(visualStudioSample('localprocess-k8s.cmd'))).toBe('@node "%~dp0main.mjs" %*\r\n');
});

test('every page is linked from the README, and links to what there is', () => {
  const pages = ['visual-studio', ...['nvim', 'dape', 'helix', 'zed'].map((name) => `editors/${name}`)];
  for (const page of pages) {
    const path = join('samples', page, 'README.md');
    expect(text(join(root, 'README.md'))).toContain(`](${path})`);
    for (const [, link = ''] of text(join(root, path)).matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect([path, link, existsSync(join(root, dirname(path), link))]).toEqual([path, link, true]);
  }
});
