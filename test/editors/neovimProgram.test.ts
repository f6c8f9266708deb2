import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { expectConversation, expectGone } from './expectations.ts';
import { neovim } from './neovim.ts';
import { expectAsInShop, installed, programs, sample, shopProject, type Sampled } from './project.ts';
import { Run } from './run.ts';

// A real Neovim 0.11 loads the sample. nvim-dap itself is not to be had as a package: in its place stands a table that
// takes what is registered, and from there on its conversation is replayed (neovim.ts).

/** What the sample has registered: each configuration, and the adapter that is started for it. */
interface Registered {
  language: string;
  adapter: { type: string; command: string; args: string[]; options: Record<string, unknown> };
  configuration: { type: string; name: string; debug: { type: string } };
}

const script = `
local dap = { adapters = {}, configurations = { python = { { name = 'of before' } } } }
package.loaded.dap = dap
dofile(vim.env.SAMPLE)
local registered = {}
for language, configurations in pairs(dap.configurations) do
  for _, configuration in ipairs(configurations) do
    local adapter
    if configuration.type then
      dap.adapters[configuration.type](function(given) adapter = given end, configuration)
    end
    table.insert(registered, { language = language, configuration = configuration, adapter = adapter })
  end
end
io.stdout:write(vim.json.encode(registered))
vim.cmd('quitall!')
`;

async function register(env: NodeJS.ProcessEnv): Promise<Registered[]> {
  const { stdout } = await promisify(execFile)(
    join(installed, 'bin', 'nvim'),
    ['--headless', '-u', 'NONE', '-i', 'NONE', '-c', 'lua assert(load(vim.env.SCRIPT))()'],
    { env: { ...env, SCRIPT: script, SAMPLE: sample('nvim', 'localprocess-k8s.lua') } },
  );
  return JSON.parse(stdout) as Registered[];
}

test('what was registered before is there still', async () => {
  await using project = await shopProject();
  const names = (await register(project.env)).map(({ configuration }) => configuration.name);
  expect(names.sort()).toEqual([
    'of before',
    'prices, in the cluster',
    'stock, in the cluster',
    'web, in the cluster',
  ]);
});

test.each([
  { language: 'javascript', ...programs.node },
  { language: 'python', ...programs.python },
  { language: 'go', ...programs.go },
])('$language: the adapter and the configuration lead to a breakpoint', async ({ language, path, line }) => {
  await using project = await shopProject();
  const { folder, env } = project;
  const found = (await register(env)).find(
    (one) => one.language === language && one.configuration.type === 'localprocess-k8s',
  );
  if (!found) throw new Error(`Nothing is registered for "${language}".`);
  const { adapter } = found;
  expect(adapter).toEqual({
    type: 'executable',
    command: 'localprocess-k8s',
    args: ['--debugger', found.configuration.debug.type],
    options: { initialize_timeout_sec: 60 },
  });
  // nvim-dap's own replacement: `expand_config_variables` of lua/dap.lua.
  const text = JSON.stringify(found.configuration).replaceAll('${workspaceFolder}', folder);
  const configuration = JSON.parse(text) as Sampled & Record<string, unknown>;
  expectAsInShop(configuration, folder);

  const access = { mainScript: '', program: join(folder, 'bin', adapter.command), args: adapter.args };
  await using run = Run.start(neovim, { ...access, env, cwd: folder });
  await run.begin(configuration);
  const place = { file: join(folder, path), line };
  if (language === 'javascript') {
    await run.client.waitForEvent('initialized');
    await neovim.configure(run, place);
  }
  const debugged = language === 'javascript' ? await run.child() : run;
  const { variables } = await debugged.stopAt(place);
  expect(variables.find(({ name }) => name === 'total')?.value).toBe('42');
  const family = await run.family();
  await neovim.stop(run);
  await run.exited();
  await expectGone(family);
  expectConversation(run);
});
