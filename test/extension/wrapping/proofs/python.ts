import { delimiter, join } from 'node:path';
import { expect } from '@jest/globals';
import type { OwnRow } from '../../../../extension/wrapping/additions.ts';
import { temporaryFolder } from '../../../machine/script.ts';
import { editorWith, ours, wrapped, wrappedDebug, write } from '../editor.ts';

/** The Python extension's exports, with this interpreter selected. */
const pythonApi = (path: string | undefined) => ({
  environments: {
    getActiveEnvironmentPath: (resource: unknown) => ({ resource }),
    resolveEnvironment: ({ resource }: { resource: unknown }) =>
      Promise.resolve(
        path === undefined || JSON.stringify(resource) !== '{"fsPath":"/shop"}'
          ? undefined
          : { executable: { uri: { fsPath: path } } },
      ),
  },
  settings: { getExecutionDetails: () => ({ execCommand: ['/usr/bin/conda', 'run', 'python'] }) },
});

/** For each of its rows of the table that this extension answers for: that it does. Python. */
export const python = {
  'python.interpreter': async () => {
    const selected = {
      folder: '/shop',
      extensions: { 'ms-python.python': { exports: pythonApi('/shop/.venv/bin/python') } },
    };
    const python = async (debug: object, given = selected) =>
      (await wrappedDebug({ type: 'debugpy', program: 'x', ...debug }, given)).python;
    expect(await python({})).toBe('/shop/.venv/bin/python');
    expect(await python({ python: '${command:python.interpreterPath}' })).toBe('/shop/.venv/bin/python');
    expect(await python({ python: '/usr/bin/python3' })).toBe('/usr/bin/python3');
    expect(await python({ pythonPath: '/usr/bin/python2' })).toBe('/usr/bin/python2');
    const nothing = { 'ms-python.python': { exports: pythonApi(undefined) } };
    expect(await python({}, { ...selected, extensions: nothing })).toEqual([
      '/usr/bin/conda',
      'run',
      'python',
    ]);
    const attached = await wrappedDebug({ type: 'python', request: 'attach', listen: { port: 1 } }, selected);
    expect(attached.python).toBe('/shop/.venv/bin/python');
    // The adapter looks for one then.
    expect(await wrappedDebug({ type: 'debugpy' })).not.toHaveProperty('python');
  },
  'python.debugpy': async () => {
    await using extension = await temporaryFolder();
    const path = join(extension.path, 'bundled', 'libs', 'debugpy', 'adapter');
    await write(extension.path, { 'bundled/libs/debugpy/adapter/__main__.py': '' });
    const extensions = { 'ms-python.debugpy': { path: extension.path } };
    const adapter = async (debug: object, more: object = {}) =>
      (await wrapped({ ...ours, debug: { type: 'debugpy', ...debug }, ...more }, editorWith({ extensions })))
        .debugAdapter;
    expect(await adapter({ python: '/p' })).toEqual({ command: '/p', args: [path] });
    expect(await adapter({ python: ['/p', '-X', 'dev'] })).toEqual({
      command: '/p',
      args: ['-X', 'dev', path],
    });
    expect(await adapter({ python: '/p', debugAdapterPython: '/q' })).toEqual({
      command: '/q',
      args: [path],
    });
    const own = join(extension.path, 'bundled');
    expect(await adapter({ python: '/p', debugAdapterPath: own })).toEqual({ command: '/p', args: [own] });
    // The user's own choice stays, and what is not there is not named.
    expect(await adapter({ python: '/p' }, { debugAdapter: { port: 1 } })).toEqual({ port: 1 });
    expect(await adapter({ python: '/p', debugAdapterPath: '/no/such' })).toBeUndefined();
    expect(await adapter({})).toBeUndefined();
  },
  'python.envFile': async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await write(path, { '.env': 'A=file\nB=${A}-${C}\n', 'other.env': 'A=other\n' });
    const settings = { 'python.envFile': '${workspaceFolder}/.env' };
    const env = async (debug: object, given: object = { settings, folder: path }) =>
      wrappedDebug({ type: 'debugpy', program: 'x', ...debug }, given);
    expect(await env({ env: { C: 'own' } })).toMatchObject({ env: { A: 'file', B: 'file-own', C: 'own' } });
    expect((await env({ env: { A: 'own' } })).env).toMatchObject({ A: 'own', B: 'file-' });
    const other = await env({ envFile: join(path, 'other.env') });
    expect(other.env).toMatchObject({ A: 'other' });
    expect(other).not.toHaveProperty('envFile');
    expect((await env({ envFile: join(path, 'missing.env') })).env).not.toHaveProperty('A');
    // Without the Python extension there is no default.
    expect((await env({}, { folder: path })).env).not.toHaveProperty('A');
  },
  'python.paths': async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await write(path, { '.env': 'PYTHONPATH=/of/file\n' });
    const environment = { PATH: '/bin', PYTHONPATH: '/of/machine' };
    const { env } = await wrappedDebug(
      { type: 'debugpy', envFile: join(path, '.env'), env: { PATH: '/of/env', PYTHONPATH: '/of/env' } },
      { environment },
    );
    expect(env).toMatchObject({
      PATH: ['/of/env', '/bin'].join(delimiter),
      PYTHONPATH: ['/of/file', '/of/env', '/of/machine'].join(delimiter),
    });
    const plain = await wrappedDebug({ type: 'debugpy' }, { environment });
    expect(plain.env).toEqual({ PYTHONIOENCODING: 'UTF-8', PYTHONUNBUFFERED: '1' });
  },
  'python.defaults': async () => {
    const settings = { 'debugpy.debugJustMyCode': false };
    const given = { folder: '/shop', settings };
    expect(await wrappedDebug({ type: 'debugpy', program: 'x' }, given)).toEqual({
      type: 'debugpy',
      program: 'x',
      cwd: '/shop',
      console: 'integratedTerminal',
      stopOnEntry: false,
      showReturnValue: true,
      justMyCode: false,
      env: { PYTHONIOENCODING: 'UTF-8', PYTHONUNBUFFERED: '1' },
    });
    const own = { cwd: '/own', console: 'internalConsole', justMyCode: true, stopOnEntry: true };
    expect(await wrappedDebug({ type: 'debugpy', ...own, gevent: true }, given)).toMatchObject({
      ...own,
      redirectOutput: true,
      env: { GEVENT_SUPPORT: 'True' },
    });
    expect(await wrappedDebug({ type: 'debugpy' })).toMatchObject({ justMyCode: true });
    expect(await wrappedDebug({ type: 'debugpy', request: 'attach', listen: {} })).toMatchObject({
      justMyCode: false,
      redirectOutput: true,
      showReturnValue: true,
    });
    for (const one of [{ module: 'flask' }, { module: 'FastAPI' }, { pyramid: true }])
      expect(await wrappedDebug({ type: 'debugpy', ...one })).toMatchObject({ jinja: true });
    expect(await wrappedDebug({ type: 'debugpy', module: 'flask', jinja: false })).toMatchObject({
      jinja: false,
    });
    expect(await wrappedDebug({ type: 'debugpy', module: 'shop' })).not.toHaveProperty('jinja');
    const terminal = await wrapped({ ...ours, debug: { type: 'debugpy' } }, editorWith());
    expect(terminal.internalConsoleOptions).toBe('neverOpen');
    const chosen = { ...ours, internalConsoleOptions: 'openOnSessionStart', debug: { type: 'debugpy' } };
    expect((await wrapped(chosen, editorWith())).internalConsoleOptions).toBe('openOnSessionStart');
    const internal = await wrapped(
      { ...ours, debug: { type: 'debugpy', console: 'internalConsole' } },
      editorWith(),
    );
    expect(internal).not.toHaveProperty('internalConsoleOptions');
  },
  'python.connect': async () => {
    const adapter = async (debug: object) =>
      (await wrapped({ ...ours, debug: { type: 'debugpy', request: 'attach', ...debug } }, editorWith()))
        .debugAdapter;
    expect(await adapter({ connect: { host: 'localhost', port: 5678 } })).toEqual({
      host: 'localhost',
      port: 5678,
    });
    expect(await adapter({ connect: { port: '5678' } })).toEqual({ host: '127.0.0.1', port: 5678 });
    expect(await adapter({ port: 5678 })).toEqual({ host: '127.0.0.1', port: 5678 });
    expect(await adapter({ listen: { port: 5678 } })).toBeUndefined();
    expect(await adapter({ processId: 7 })).toBeUndefined();
  },
} satisfies Partial<Record<OwnRow, () => Promise<void>>>;
