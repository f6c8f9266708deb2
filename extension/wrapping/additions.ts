/* eslint-disable max-lines -- it is one table */
/**
 * What a configuration gets before it starts when it stands alone in launch.json, and who supplies it when it is wrapped.
 * scripts/generate.mjs makes the README's table of it; test/extension/wrapping has a proof for each row of "extension".
 */
export interface Additions {
  /** Types of configurations. Empty: every type. */
  types: readonly string[];
  /** Who adds it there: the id of an extension, or the editor. */
  of: string;
  rows: readonly Addition[];
}

interface Addition {
  id: string;
  /** What is added, as the beginning of a table row. */
  adds: string;
  /** How it is supplied to a wrapped configuration, or what to do instead. */
  here: string;
  /**
   * - `extension`: this one
   * - `adapter`: the debug adapter, in every editor
   * - `editor`: VS Code, as ever
   * - `nobody`: `here` says what to do
   */
  by: 'extension' | 'adapter' | 'editor' | 'nobody';
}

export const additions = [
  {
    types: [],
    of: 'VS Code',
    rows: [
      {
        id: 'any.variables',
        adds: 'variables, such as `${workspaceFolder}`, `${env:…}`, `${input:…}`',
        here: 'filled in inside of `debug` as well',
        by: 'editor',
      },
      {
        id: 'any.commands',
        adds: 'names of commands, such as `${command:pickProcess}`',
        here: 'looked up at the type in `debug`; a process picker of our own where its extension has none',
        by: 'extension',
      },
      {
        id: 'any.platform',
        adds: 'the blocks `windows`, `osx` and `linux`',
        here: 'merged inside of `debug`, too',
        by: 'extension',
      },
      {
        id: 'any.tasks',
        adds: '`preLaunchTask`, `postDebugTask`, `preRestartTask`, `postRestartTask`',
        here: 'lifted to the outer configuration, whose own win',
        by: 'extension',
      },
      {
        id: 'any.ready',
        adds: '`serverReadyAction`',
        here: 'lifted, with what it names written out; child sessions inherit it',
        by: 'extension',
      },
      {
        id: 'any.console',
        adds: '`internalConsoleOptions`, `suppressMultipleSessionWarning`',
        here: 'lifted',
        by: 'extension',
      },
      {
        id: 'any.server',
        adds: '`debugServer`',
        here: 'becomes `debugAdapter`, unless there is one',
        by: 'extension',
      },
      {
        id: 'any.presentation',
        adds: '`presentation`',
        here: 'is read before anything starts: put it beside `debug`',
        by: 'nobody',
      },
      {
        id: 'any.run',
        adds: 'Run Without Debugging, and what a debugger leaves for its restart',
        here: 'passed on to the configuration in `debug`',
        by: 'adapter',
      },
      {
        id: 'any.debugger',
        adds: 'the debugger of a type that the adapter cannot start',
        here: 'started by the editor as a child session, with the merged variables',
        by: 'extension',
      },
    ],
  },
  {
    types: ['debugpy', 'python'],
    of: 'ms-python.debugpy',
    rows: [
      {
        id: 'python.interpreter',
        adds: 'the selected interpreter, also for `${command:python.interpreterPath}` and `pythonPath`',
        here: 'asked of the extension `ms-python.python`',
        by: 'extension',
      },
      {
        id: 'python.debugpy',
        adds: 'debugpy itself; `debugAdapterPython`, `debugAdapterPath`',
        here: 'the one that the extension carries; without it the adapter looks for one',
        by: 'extension',
      },
      {
        id: 'python.envFile',
        adds: '`envFile`, by default that of the setting `python.envFile`; `${NAME}` in it',
        here: 'read by the same rules, under `env`; a file that is missing is none',
        by: 'extension',
      },
      {
        id: 'python.paths',
        adds: '`PATH` and `PYTHONPATH` of file, `env` and this machine, one behind the other',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'python.defaults',
        adds: '`cwd`, `console`, `justMyCode` (setting `debugpy.debugJustMyCode`), `showReturnValue`, `redirectOutput`, `jinja` for Flask, FastAPI and Pyramid, `PYTHONUNBUFFERED`, `PYTHONIOENCODING`, `GEVENT_SUPPORT`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'python.connect',
        adds: 'attaching by `connect`, or `host` and `port`: the process brings its debug adapter',
        here: 'becomes `debugAdapter`',
        by: 'extension',
      },
      {
        id: 'python.log',
        adds: '`logToFile`',
        here: 'set `"trace": true` beside `debug`',
        by: 'nobody',
      },
    ],
  },
  {
    types: ['go'],
    of: 'golang.go',
    rows: [
      {
        id: 'go.mode',
        adds: '`"mode": "auto"`: `test` for a test file, else `debug`; the folder of a test file as `program`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'go.envFile',
        adds: '`envFile`, one or several, with `export` and `${NAME}`; the settings `go.toolsEnvVars`, `go.gopath` and `http.proxy`',
        here: 'read by the same rules, under `env`',
        by: 'extension',
      },
      {
        id: 'go.paths',
        adds: '`program`, `cwd` and `output` from the folder; `~`',
        here: 'the same; delve is started in the package’s folder by the adapter',
        by: 'extension',
      },
      {
        id: 'go.words',
        adds: '`args` as one text; `-gcflags` taken from `buildFlags` and `GOFLAGS`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'go.settings',
        adds: 'the settings `go.delveConfig` and `go.alternateTools`',
        here: 'what concerns delve’s requests, and where `dlv` is',
        by: 'extension',
      },
      {
        id: 'go.process',
        adds: 'a process picker for `attach`; a process by its name',
        here: 'a picker of our own',
        by: 'extension',
      },
      {
        id: 'go.port',
        adds: '`host` and `port`: a delve that listens already',
        here: 'becomes `debugAdapter`',
        by: 'extension',
      },
      {
        id: 'go.output',
        adds: 'the program’s output',
        here: '`"outputMode": "remote"`',
        by: 'adapter',
      },
      {
        id: 'go.delve',
        adds: '`console`, `dlvFlags`, `showLog`, `logOutput`, `asRoot`, a guessed `substitutePath`',
        here: 'not supplied: start `dlv dap --listen` yourself, and name its `port`',
        by: 'nobody',
      },
    ],
  },
  {
    types: ['pwa-node', 'node'],
    of: 'ms-vscode.js-debug',
    rows: [
      {
        id: 'node.folder',
        adds: '`cwd`, `localRoot`, and the folder that defaults such as `outFiles` are about',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'node.version',
        adds: '`runtimeVersion`',
        here: 'found in nvm, and nvm for Windows; for other version managers name `runtimeExecutable`',
        by: 'extension',
      },
      {
        id: 'node.flags',
        adds: '`--inspect` taken from `runtimeArgs`; `attachSimplePort`',
        here: 'the same, but for `"attachSimplePort": 0`: name a port',
        by: 'extension',
      },
      {
        id: 'node.process',
        adds: 'a port for the process that was picked',
        here: 'the same, by a signal',
        by: 'extension',
      },
      {
        id: 'node.settings',
        adds: 'the setting `debug.javascript.breakOnConditionalError`; no debug console beside a terminal',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'node.defaults',
        adds: '`envFile`, `skipFiles`, `sourceMaps` and all other defaults',
        here: 'the file is read by the adapter, the others are the debugger’s own',
        by: 'adapter',
      },
    ],
  },
  {
    types: ['pwa-chrome', 'chrome'],
    of: 'ms-vscode.js-debug',
    rows: [
      {
        id: 'chrome.folder',
        adds: 'the folder that `webRoot` is by default',
        here: 'the same',
        by: 'extension',
      },
    ],
  },
  {
    types: ['lldb'],
    of: 'vadimcn.vscode-lldb',
    rows: [
      {
        id: 'lldb.settings',
        adds: 'the settings `lldb.launch.*`, merged; `"request": "custom"`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'lldb.envFile',
        adds: '`envFile`',
        here: 'read by the adapter',
        by: 'adapter',
      },
      {
        id: 'lldb.cargo',
        adds: '`cargo`, `${dbgconfig:…}`, the settings of its views',
        here: '`cargo` is refused: build with `preLaunchTask` and name `program`; the others are not supplied',
        by: 'nobody',
      },
    ],
  },
  {
    types: ['cppdbg'],
    of: 'ms-vscode.cpptools',
    rows: [
      {
        id: 'cppdbg.envFile',
        adds: '`envFile`, which wins over `environment`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'cppdbg.process',
        adds: 'a process picker for `attach`',
        here: 'a picker of our own',
        by: 'extension',
      },
      {
        id: 'cppdbg.deploy',
        adds: '`deploySteps`',
        here: 'not supplied: use `preLaunchTask`',
        by: 'nobody',
      },
    ],
  },
  {
    types: ['coreclr'],
    of: 'ms-dotnettools.csharp',
    rows: [
      {
        id: 'coreclr.settings',
        adds: 'the settings `csharp.debug.*`, `cwd`, the debug console opened',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'coreclr.envFile',
        adds: '`envFile`, under `env`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'coreclr.process',
        adds: 'a process picker for `attach`',
        here: 'a picker of our own',
        by: 'extension',
      },
      {
        id: 'coreclr.vsdbg',
        adds: 'vsdbg, `launchSettings.json`, development certificates',
        here: 'only where there is no netcoredbg: the editor starts vsdbg then',
        by: 'nobody',
      },
    ],
  },
  {
    types: ['php'],
    of: 'xdebug.php-debug',
    rows: [
      {
        id: 'php.program',
        adds: '`runtimeExecutable`, of the setting `php.debug.executablePath` or `php.validate.executablePath`',
        here: 'the same',
        by: 'extension',
      },
    ],
  },
  {
    types: ['rdbg', 'ruby'],
    of: 'KoichiSasada.vscode-rdbg',
    rows: [
      {
        id: 'rdbg.settings',
        adds: 'the setting `rdbg.useBundler`, `cwd`',
        here: 'the same',
        by: 'extension',
      },
      {
        id: 'rdbg.ask',
        adds: '`askParameters`, and a list of the processes to attach to',
        here: 'not supplied: write `args`, and `debugPort`',
        by: 'nobody',
      },
    ],
  },
] as const satisfies readonly Additions[];

/** The ids of the rows that this extension answers for. */
export type OwnRow = Extract<(typeof additions)[number]['rows'][number], { by: 'extension' }>['id'];
