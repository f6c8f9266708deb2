import { expect, test } from '@jest/globals';
import { printFor, type Editor } from '../../adapter/commands/init/editors.ts';
import { withoutVsCode, wrap } from '../../adapter/commands/init/wrapping.ts';

const configuration = {
  ...wrap({
    name: "web, in 'the' cluster",
    namespace: 'shop',
    target: 'service/web',
    ports: ['3000:http'],
    wrapped: {
      type: 'pwa-node',
      request: 'launch',
      program: '${workspaceFolder}/web/server.js',
      args: ['it\'s "x"', 'a\nb\\c'],
      env: { A: null, 'B c': '1', end: true, n: 1.5, o: {}, l: [] },
      preLaunchTask: 'build',
    },
  }),
  name: "web, in 'the' cluster",
};
const circumstances = { workspace: '/work/shop', mainScript: '/opt/main.js' };
const printed = (editor: Exclude<Editor, 'vscode'>) => printFor(editor, configuration, circumstances);

// Each of these texts was read by the editor itself (Neovim 0.11, Emacs 30 with dape, Helix 25.01), and gave the
// configuration back as JSON.

test('Neovim: Lua, with VS Code’s variables, which nvim-dap knows', () => {
  expect(printed('nvim').text).toBe(String.raw`local dap = require('dap')
dap.adapters['localprocess-k8s'] = function(start, configuration)
  start({
    type = 'executable',
    command = 'localprocess-k8s',
    args = { '--debugger', configuration.debug.type },
    options = { initialize_timeout_sec = 60 },
  })
end
dap.configurations.javascript = vim.list_extend(dap.configurations.javascript or {}, {
  {
    name = 'web, in \'the\' cluster',
    type = 'localprocess-k8s',
    request = 'launch',
    namespace = 'shop',
    target = 'service/web',
    ports = { '3000:http' },
    debug = {
      type = 'pwa-node',
      request = 'launch',
      program = '${'$'}{workspaceFolder}/web/server.js',
      args = { 'it\'s "x"', 'a\nb\\c' },
      env = { A = vim.NIL, ['B c'] = '1', ['end'] = true, n = 1.5, o = vim.empty_dict(), l = {} },
    },
  },
})
`);
});

test('dape: Emacs Lisp', () => {
  expect(printed('dape').text).toBe(String.raw`(require 'dape)
(setf (alist-get 'web-in-the-cluster dape-configs)
  '(modes (js-mode js-ts-mode)
    command "localprocess-k8s"
    command-args ("--debugger" "pwa-node")
    :type "localprocess-k8s"
    :request "launch"
    :namespace "shop"
    :target "service/web"
    :ports ["3000:http"]
    :debug (
      :type "pwa-node"
      :request "launch"
      :program "/work/shop/web/server.js"
      :args ["it's \"x\"" "a\nb\\c"]
      :env (:A nil :B\ c "1" :end t :n 1.5 :o #s(hash-table) :l []))))
;; A launch takes as long as the cluster needs.
(setq dape-request-timeout 60)
`);
});

test('Helix: TOML, and JSON in a text where its arguments cannot nest', () => {
  const { text } = printed('helix');
  expect(text).toBe(`[[language]]
name = "javascript"

[language.debugger]
name = "localprocess-k8s"
transport = "stdio"
command = "localprocess-k8s"
args = ["--debugger", "pwa-node"]

[[language.debugger.templates]]
name = "web, in 'the' cluster"
request = "launch"
completion = []

[language.debugger.templates.args]
namespace = "shop"
target = "service/web"
ports = ["3000:http"]
debug = ${/^debug = (.*)$/m.exec(text)?.[1] ?? ''}
`);
  const debug = JSON.parse(/^debug = (.*)$/m.exec(text)?.[1] ?? '') as string;
  expect(JSON.parse(debug)).toEqual({
    ...(configuration as { debug?: object }).debug,
    program: '/work/shop/web/server.js',
  });
});

test('Helix: JSON without an apostrophe is written as it is', () => {
  const plain = wrap({ name: 'x', target: 'web', wrapped: { type: 'go', program: '.' } });
  expect(printFor('helix', { ...plain, name: 'x' }, circumstances).text).toContain(
    `debug = '{"type":"go","program":"."}'`,
  );
});

test('Visual Studio: its own attributes, and paths of this machine', () => {
  expect(JSON.parse(printed('visual-studio').text)).toEqual({
    $adapter: process.execPath,
    $adapterArgs: '"/opt/main.js" --debugger pwa-node',
    name: configuration.name,
    type: 'localprocess-k8s',
    request: 'launch',
    namespace: 'shop',
    target: 'service/web',
    ports: ['3000:http'],
    debug: {
      ...(configuration as { debug?: object }).debug,
      program: '/work/shop/web/server.js',
    },
  });
});

test('Zed: a list of configurations with labels, and its own variable', () => {
  const [entry, ...more] = JSON.parse(printed('zed').text) as Record<string, unknown>[];
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    label: configuration.name,
    adapter: 'localprocess-k8s',
    debug: { program: '$ZED_WORKTREE_ROOT/web/server.js' },
  });
  expect(entry).not.toHaveProperty('name');
  expect(entry).not.toHaveProperty('type');
});

test.each(['nvim', 'dape', 'helix', 'visual-studio', 'zed'] as const)(
  '%s: it is said where it belongs, and what was left out',
  (editor) => {
    const { text, notes } = printed(editor);
    expect(text).not.toContain('preLaunchTask');
    expect(notes).toEqual([expect.any(String), 'Left out, since only VS Code does it: "preLaunchTask".']);
  },
);

test.each([
  ['pwa-node', '/a/s.ts', 'typescript', 'typescript-mode typescript-ts-mode'],
  ['pwa-node', undefined, 'javascript', 'js-mode js-ts-mode'],
  ['debugpy', '/a/s.py', 'python', 'python-mode python-ts-mode'],
  ['go', '/a', 'go', 'go-mode go-ts-mode'],
  ['coreclr', '/a.dll', 'cs', 'csharp-mode csharp-ts-mode'],
  ['lldb', '/a/target/debug/x', 'rust', 'rust-mode rust-ts-mode'],
  ['lldb', '/a/x', 'cpp', 'c++-mode c++-ts-mode'],
  ['rdbg', '/a.rb', 'ruby', 'ruby-mode ruby-ts-mode'],
  ['of-my-own', '/a', 'cpp', 'c++-mode c++-ts-mode'],
])('a program of %s, %s: breakpoints are set in files of %s', (type, program, nvim, emacs) => {
  const wrapped = { type, ...(program !== undefined && { program }) };
  const made = { ...wrap({ name: 'x', target: 'web', wrapped }), name: 'x' };
  expect(printFor('nvim', made, circumstances).text).toContain(`dap.configurations.${nvim} = `);
  expect(printFor('dape', made, circumstances).text).toContain(`'(modes (${emacs})`);
});

test('what differs by system is outside for VS Code, and in its place for others', () => {
  const wrapped = {
    type: 'cppdbg',
    program: 'a',
    preLaunchTask: 'build',
    internalConsoleOptions: 'neverOpen',
    windows: { program: 'a.exe', preLaunchTask: 'build on Windows' },
    linux: { program: 'a.linux' },
    osx: 'no object',
  };
  const made = wrap({ name: 'x', target: 'web', wrapped });
  expect(made).toEqual({
    name: 'x',
    type: 'localprocess-k8s',
    request: 'launch',
    target: 'web',
    preLaunchTask: 'build',
    internalConsoleOptions: 'neverOpen',
    debug: { type: 'cppdbg', program: 'a' },
    windows: { preLaunchTask: 'build on Windows', debug: { type: 'cppdbg', program: 'a.exe' } },
    linux: { debug: { type: 'cppdbg', program: 'a.linux' } },
  });
  const { configuration: others, leftOut } = withoutVsCode(made);
  expect(leftOut).toEqual(['preLaunchTask', 'internalConsoleOptions']);
  const program = { win32: 'a.exe', linux: 'a.linux' }[process.platform as string] ?? 'a';
  expect(others).toEqual({
    name: 'x',
    type: 'localprocess-k8s',
    request: 'launch',
    target: 'web',
    debug: { type: 'cppdbg', program },
  });
});
