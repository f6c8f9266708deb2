import { join } from 'node:path';
import { execa } from 'execa';
import type { Preset } from './command.ts';
import { installed } from './installed.ts';

const windows = process.platform === 'win32';
const exe = windows ? '.exe' : '';

/** gdb speaks DAP from this version on. */
const gdbSpeaksFrom = 14;

/**
 * The debug adapters that are one program, which speaks on its standard input and output. Sources: each adapter's own
 * documentation, and the folders that its releases have.
 */
export const installedAdapters: readonly Preset[] = [
  installed({
    name: 'CodeLLDB',
    types: ['lldb'],
    environment: 'env',
    programs: ['codelldb'],
    carried: join('codelldb', `${process.platform}-${process.arch}`, 'adapter', `codelldb${exe}`),
    extension: ['vadimcn.vscode-lldb', join('adapter', `codelldb${exe}`)],
    install:
      'Install version 1.11 or later: the VS Code extension "vadimcn.vscode-lldb", or "codelldb" by mason',
  }),
  installed({
    name: 'lldb-dap',
    types: ['lldb-dap', 'lldb-vscode'],
    environment: 'pairs',
    programs: ['lldb-dap', 'lldb-vscode'],
    versioned: true,
    attribute: 'debugAdapterExecutable',
    install: 'Install LLDB 18 or later: a package such as "lldb-19", or Xcode',
  }),
  installed({
    name: 'gdb',
    types: ['gdb'],
    environment: 'whole',
    programs: ['gdb'],
    attribute: 'gdb',
    args: ['-i', 'dap'],
    fault: async (program) => {
      const version = await versionOf(program);
      return version !== undefined && version < gdbSpeaksFrom
        ? `is version ${version}, and gdb speaks the Debug Adapter Protocol from version ${gdbSpeaksFrom} on`
        : undefined;
    },
    install: `Install gdb ${gdbSpeaksFrom} or later, with Python`,
  }),
  installed({
    name: 'OpenDebugAD7',
    types: ['cppdbg'],
    environment: 'named',
    programs: ['OpenDebugAD7'],
    extension: ['ms-vscode.cpptools', join('debugAdapters', 'bin', `OpenDebugAD7${exe}`)],
    install: 'Install the VS Code extension "ms-vscode.cpptools", or "cpptools" by mason',
  }),
  installed({
    name: 'netcoredbg',
    types: ['coreclr'],
    environment: 'env',
    programs: ['netcoredbg'],
    extension: ['muhammad-sammy.csharp', join('.debugger', 'netcoredbg', `netcoredbg${exe}`)],
    args: ['--interpreter=vscode'],
    install: 'Install it from "https://github.com/Samsung/netcoredbg/releases", or "netcoredbg" by mason',
  }),
  installed({
    name: 'PHP Debug',
    types: ['php'],
    environment: 'env',
    programs: ['php-debug-adapter'],
    extension: ['xdebug.php-debug', join('out', 'phpDebug.js')],
    // It refuses `env` where it starts nothing but waits for Xdebug.
    defaults: ({ program, runtimeArgs }) =>
      (program ?? runtimeArgs) === undefined ? { env: undefined } : {},
    install: 'Install the VS Code extension "xdebug.php-debug", or "php-debug-adapter" by mason',
  }),
];

/** The main version of a gdb; `undefined` when it does not say. */
async function versionOf(program: string): Promise<number | undefined> {
  const { stdout } = await execa(program, ['--version'], { reject: false, stdin: 'ignore' });
  const version = /^GNU gdb .*?(\d+)\.\d+[^ )]*$/m.exec(stdout)?.[1];
  return version === undefined ? undefined : Number(version);
}
