import { quoted } from '../../nearest.ts';
import { replaceVariables, variablesIn } from '../editorvariables.ts';
import { printValue } from './commented.ts';
import { lisp, lua, tomlText, write } from './notations.ts';
import { isObject, withoutVsCode } from './wrapping.ts';

type Configuration = Record<string, unknown> & { name: string };

/** The editors that a configuration can be made for. */
export const editors = ['vscode', 'visual-studio', 'nvim', 'dape', 'helix', 'zed'] as const;
export type Editor = (typeof editors)[number];

/** What is printed for an editor, and what its user should know about it. */
export interface Printed {
  text: string;
  notes: string[];
}

interface Circumstances {
  /** What `${workspaceFolder}` stands for. */
  workspace: string;
  /** This program's entry. */
  mainScript: string;
}

/** A configuration in the language of an editor other than VS Code. */
export function printFor(
  editor: Exclude<Editor, 'vscode'>,
  vsCodes: Configuration,
  circumstances: Circumstances,
): Printed {
  const { configuration, leftOut } = withoutVsCode(vsCodes);
  const way = ways[editor];
  const folder = way.workspaceFolder ?? circumstances.workspace.replaceAll('\\', '/');
  const own = way.readsVariables === true ? configuration : inFolder(configuration, folder);
  const unknown = way.readsVariables === true ? [] : variablesIn(own);
  return {
    text: way.print({ ...own, name: vsCodes.name }, circumstances),
    notes: [
      way.note,
      ...(leftOut.length > 0 ? [`Left out, since only VS Code does it: ${quoted(leftOut)}.`] : []),
      ...(unknown.length > 0
        ? [`Write something else for ${quoted(unknown)}: only VS Code knows what that is.`]
        : []),
    ],
  };
}

interface Way {
  print: (configuration: Configuration, circumstances: Circumstances) => string;
  /** Where what is printed belongs. */
  note: string;
  /** It knows VS Code's variables. */
  readsVariables?: true;
  /** What it calls the workspace's folder; absent: nothing, so the folder itself is named. */
  workspaceFolder?: string;
}

const ways: Record<Exclude<Editor, 'vscode'>, Way> = {
  'visual-studio': {
    print: visualStudio,
    note:
      'Save this as a file, and start it in the Command Window: DebugAdapterHost.Launch /LaunchJson:"FILE". ' +
      'It is what an entry of "configurations" in .vs\\launch.vs.json is, too, where the extension in samples/visual-studio is installed.',
  },
  nvim: {
    print: neovim,
    note: 'This belongs into your Neovim configuration, and needs nvim-dap; that reads .vscode/launch.json as well.',
    readsVariables: true,
  },
  dape: { print: dape, note: 'This belongs into your Emacs configuration, and needs dape.' },
  helix: {
    print: helix,
    note: 'This belongs into .helix/languages.toml; start it with ":debug-start". It takes the place of the language\'s own debugger.',
  },
  zed: {
    print: zed,
    note: 'This belongs into .zed/debug.json; Zed knows the adapter by the extension in samples/editors/zed.',
    workspaceFolder: '$ZED_WORKTREE_ROOT',
  },
};

function visualStudio(configuration: Configuration, { mainScript }: Circumstances): string {
  const adapterArgs = `"${mainScript}" --debugger ${typeOf(configuration)}`;
  const all = { $adapter: process.execPath, $adapterArgs: adapterArgs, ...configuration };
  return `${printValue(all, { eol: '\n', unit: '  ', indent: '' })}\n`;
}

function neovim(configuration: Configuration): string {
  const filetype = languageOf(configuration).nvim;
  const list = `dap.configurations.${filetype}`;
  return [
    "local dap = require('dap')",
    "dap.adapters['localprocess-k8s'] = function(start, configuration)",
    '  start({',
    "    type = 'executable',",
    "    command = 'localprocess-k8s',",
    "    args = { '--debugger', configuration.debug.type },",
    '    options = { initialize_timeout_sec = 60 },',
    '  })',
    'end',
    `${list} = vim.list_extend(${list} or {}, {`,
    `  ${write(configuration, lua, '  ')},`,
    '})',
    '',
  ].join('\n');
}

function dape({ name, ...configuration }: Configuration): string {
  const { emacs } = languageOf({ ...configuration, name });
  const attributes = Object.entries(configuration).map(
    ([attribute, value]) => `    ${lisp.property(attribute, write(value, lisp, '    '))}`,
  );
  const symbol = name.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '') || 'localprocess-k8s';
  return [
    "(require 'dape)",
    `(setf (alist-get '${symbol} dape-configs)`,
    `  '(modes (${emacs})`,
    '    command "localprocess-k8s"',
    `    command-args ("--debugger" ${lisp.text(typeOf(configuration))})`,
    `${attributes.join('\n')}))`,
    ';; A launch takes as long as the cluster needs.',
    '(setq dape-request-timeout 60)',
    '',
  ].join('\n');
}

/** Its arguments cannot nest: an object is the text of its JSON. */
function helix({ name, type: _type, request, ...configuration }: Configuration): string {
  const args = Object.entries(configuration).map(([attribute, value]) => {
    const list = Array.isArray(value) && `[${value.map((item) => tomlText(String(item))).join(', ')}]`;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${attribute} = ${list || tomlText(text)}`;
  });
  return [
    '[[language]]',
    `name = "${languageOf(configuration).helix}"`,
    '',
    '[language.debugger]',
    'name = "localprocess-k8s"',
    'transport = "stdio"',
    'command = "localprocess-k8s"',
    `args = ["--debugger", ${tomlText(typeOf(configuration))}]`,
    '',
    '[[language.debugger.templates]]',
    `name = ${tomlText(name)}`,
    `request = ${tomlText(String(request))}`,
    'completion = []',
    '',
    '[language.debugger.templates.args]',
    ...args,
    '',
  ].join('\n');
}

function zed({ name, type: _type, ...configuration }: Configuration): string {
  const entry = { label: name, adapter: 'localprocess-k8s', ...configuration };
  return `${printValue([entry], { eol: '\n', unit: '  ', indent: '' })}\n`;
}

interface Language {
  /** The types of its debuggers. */
  types: RegExp;
  /** The programs that are of it, where the types leave that open. */
  file?: RegExp;
  nvim: string;
  helix: string;
  emacs: string;
}

const cpp = { types: /^/, nvim: 'cpp', helix: 'cpp', emacs: 'c++-mode c++-ts-mode' };

/** What editors call the language of the files in which breakpoints are set. */
const languages: Language[] = [
  {
    types: /^(pwa-)?(node|chrome)$/,
    file: /\.[cm]?tsx?$/,
    nvim: 'typescript',
    helix: 'typescript',
    emacs: 'typescript-mode typescript-ts-mode',
  },
  { types: /^(pwa-)?(node|chrome)$/, nvim: 'javascript', helix: 'javascript', emacs: 'js-mode js-ts-mode' },
  { types: /^(debugpy|python)$/, nvim: 'python', helix: 'python', emacs: 'python-mode python-ts-mode' },
  { types: /^go$/, nvim: 'go', helix: 'go', emacs: 'go-mode go-ts-mode' },
  { types: /^coreclr$/, nvim: 'cs', helix: 'c-sharp', emacs: 'csharp-mode csharp-ts-mode' },
  { types: /^java$/, nvim: 'java', helix: 'java', emacs: 'java-mode java-ts-mode' },
  { types: /^php$/, nvim: 'php', helix: 'php', emacs: 'php-mode php-ts-mode' },
  { types: /^(rdbg|ruby)$/, nvim: 'ruby', helix: 'ruby', emacs: 'ruby-mode ruby-ts-mode' },
  { types: /^perl$/, nvim: 'perl', helix: 'perl', emacs: 'perl-mode cperl-mode' },
  {
    types: /^lldb/,
    file: /\/target\/(debug|release)\//,
    nvim: 'rust',
    helix: 'rust',
    emacs: 'rust-mode rust-ts-mode',
  },
];

function languageOf(configuration: Record<string, unknown>): Language {
  const { program } = debugOf(configuration);
  const type = typeOf(configuration);
  return (
    languages.find(
      ({ types, file }) => types.test(type) && (file === undefined || file.test(String(program))),
    ) ?? cpp
  );
}

function debugOf({ debug }: Record<string, unknown>): Record<string, unknown> {
  return isObject(debug) ? debug : {};
}

function typeOf(configuration: Record<string, unknown>): string {
  return String(debugOf(configuration).type);
}

function inFolder(configuration: Record<string, unknown>, folder: string): Record<string, unknown> {
  return replaceVariables(configuration, (name) =>
    name === 'workspaceFolder' || name === 'workspaceRoot' ? folder : undefined,
  );
}
