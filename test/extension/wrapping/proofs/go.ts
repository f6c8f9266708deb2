import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { OwnRow } from '../../../../extension/wrapping/additions.ts';
import { temporaryFolder } from '../../../machine/script.ts';
import { editorWith, ours, wrapped, wrappedDebug, write } from '../editor.ts';

/** For each of its rows of the table that this extension answers for: that it does. Go. */
export const go = {
  'go.mode': async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await write(path, { 'main.go': '', 'main_test.go': '' });
    const test = join(path, 'main_test.go');
    const go = async (debug: object, file?: string) => {
      const { mode, program } = await wrappedDebug(
        { type: 'go', request: 'launch', program: path, ...debug },
        { folder: path, ...(file === undefined ? {} : { file }) },
      );
      return [mode, program];
    };
    expect(await go({})).toEqual(['debug', path]);
    expect(await go({ mode: 'auto' }, test)).toEqual(['test', path]);
    expect(await go({ mode: 'auto', program: join(path, 'main.go') }, test)).toEqual([
      'debug',
      join(path, 'main.go'),
    ]);
    expect(await go({ program: test })).toEqual(['test', path]);
    expect(await go({ mode: 'test', program: 'main_test.go' })).toEqual(['test', path]);
    expect(await go({ mode: 'exec', program: '/bin/true' }, test)).toEqual(['exec', '/bin/true']);
    expect((await wrappedDebug({ type: 'go', request: 'attach', processId: 7 })).mode).toBe('local');
  },
  'go.envFile': async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await write(path, {
      'one.env': 'export A="x\\ny"\nB=${HOMELAND}/${A.B}\nC=${HOMELAND}/c # kept\n',
      'two.env': "C='two'\nD=${GREETING}\n",
    });
    const settings = {
      'go.toolsEnvVars': { GREETING: 'hi ${env:HOMELAND}', GOFLAGS: '-mod=mod', AT: '${workspaceFolder}/x' },
      'go.gopath': '~/gopath',
      'http.proxy': 'http://proxy',
    };
    const debug = await wrappedDebug(
      {
        type: 'go',
        program: '.',
        envFile: [join(path, 'one.env'), join(path, 'two.env')],
        env: { GOFLAGS: '' },
      },
      { folder: path, settings, environment: { HOMELAND: 'Oz' } },
    );
    expect(debug).not.toHaveProperty('envFile');
    expect(debug.env).toEqual({
      A: 'x\ny',
      B: '${HOMELAND}/${A.B}',
      C: 'two',
      D: 'hi Oz',
      GREETING: 'hi Oz',
      GOFLAGS: '',
      AT: `${path}/x`,
      GOPATH: join(homedir(), 'gopath'),
      http_proxy: 'http://proxy',
      HTTP_PROXY: 'http://proxy',
      https_proxy: 'http://proxy',
      HTTPS_PROXY: 'http://proxy',
    });
  },
  'go.paths': async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await write(path, { 'example.com/shop/main.go': '' });
    const debug = { type: 'go', cwd: 'cmd', output: 'bin/x', program: './cmd' };
    expect(await wrappedDebug(debug, { folder: path })).toMatchObject({
      cwd: join(path, 'cmd'),
      output: join(path, 'bin/x'),
      program: join(path, 'cmd'),
    });
    const program = async (name: string) =>
      (await wrappedDebug({ ...debug, program: name }, { folder: path })).program;
    expect(await program('example.com/shop')).toBe(join(path, 'example.com/shop'));
    expect(await program('example.com/other')).toBe('example.com/other');
    expect(await program('main.go')).toBe(join(path, 'main.go'));
    expect((await wrappedDebug({ ...debug, cwd: '~/x' }, { folder: path })).cwd).toBe(join(homedir(), 'x'));
    expect(await wrappedDebug(debug)).toMatchObject({ cwd: 'cmd', program: './cmd' });
  },
  'go.words': async () => {
    const debug = {
      type: 'go',
      program: '.',
      args: `-p 80 --name "a b"`,
      buildFlags: `-tags x -gcflags='all=-N -l' -race`,
      env: { GOFLAGS: '-mod=mod -gcflags=-N' },
    };
    expect(await wrappedDebug(debug)).toMatchObject({
      args: ['-p', '80', '--name', 'a b'],
      buildFlags: '-tags x -race',
      env: { GOFLAGS: '-mod=mod' },
    });
    const lists = { args: ['a b'], buildFlags: ['-race'] };
    expect(await wrappedDebug({ ...debug, ...lists })).toMatchObject(lists);
  },
  'go.settings': async () => {
    const settings = {
      'go.delveConfig': { showGlobalVariables: true, hideSystemGoroutines: true, apiVersion: 2 },
      'go.alternateTools': { dlv: '/opt/dlv', gopls: '/opt/gopls' },
    };
    const debug = { type: 'go', program: '.', hideSystemGoroutines: false };
    const configured = await wrappedDebug(debug, { settings });
    expect(configured).toMatchObject({
      showGlobalVariables: true,
      hideSystemGoroutines: false,
      dlvToolPath: '/opt/dlv',
    });
    expect(configured).not.toHaveProperty('apiVersion');
    const named = await wrappedDebug({ ...debug, dlvToolPath: '/own/dlv' }, { settings });
    expect(named.dlvToolPath).toBe('/own/dlv');
    const bare = { 'go.alternateTools': { dlv: 'dlv-next' } };
    expect(await wrappedDebug(debug, { settings: bare })).not.toHaveProperty('dlvToolPath');
  },
  'go.process': async () => {
    const names: unknown[] = [];
    const pickProcess = (name?: string) => {
      names.push(name);
      return Promise.resolve(7);
    };
    const id = async (debug: object) =>
      (await wrappedDebug({ type: 'go', request: 'attach', ...debug }, { pickProcess })).processId;
    expect(await id({})).toBe(7);
    expect(await id({ mode: 'local', processId: 0 })).toBe(7);
    expect(await id({ processId: 'server' })).toBe(7);
    expect(names).toEqual([undefined, undefined, 'server']);
    expect(await id({ processId: '12' })).toBe(12);
    expect(await id({ mode: 'remote' })).toBeUndefined();
    expect(names).toHaveLength(3);
  },
  'go.port': async () => {
    const adapter = async (debug: object) =>
      wrapped({ ...ours, debug: { type: 'go', ...debug } }, editorWith());
    const remote = await adapter({ request: 'attach', mode: 'remote', host: 'localhost', port: 2345 });
    expect(remote.debugAdapter).toEqual({ host: 'localhost', port: 2345 });
    expect(remote.debug).not.toHaveProperty('port');
    expect((await adapter({ program: '.', port: 2345 })).debugAdapter).toEqual({
      host: '127.0.0.1',
      port: 2345,
    });
    expect(await adapter({ program: '.' })).not.toHaveProperty('debugAdapter');
  },
} satisfies Partial<Record<OwnRow, () => Promise<void>>>;
