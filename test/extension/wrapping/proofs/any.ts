import { expect } from '@jest/globals';
import type { OwnRow } from '../../../../extension/wrapping/additions.ts';
import { pickProcessCommand } from '../../../../extension/wrapping/commands.ts';
import { beforeVariables } from '../../../../extension/wrapping/wrapped.ts';
import { editorWith, ours, wrapped, wrappedDebug } from '../editor.ts';

/** For each of its rows of the table that this extension answers for: that it does. Every type. */
export const any = {
  'any.commands': async () => {
    const editor = editorWith({ debuggers: { node: { PickProcess: 'js.pick' } } });
    const debug = {
      type: 'node',
      request: 'attach',
      processId: '${command:PickProcess}',
      args: ['${command:shop.port}', { deep: 'a ${command:PickProcess} b' }],
    };
    const { configuration } = await beforeVariables({ ...ours, debug }, editor);
    expect(configuration.debug).toMatchObject({
      processId: '${command:js.pick}',
      args: ['${command:shop.port}', { deep: 'a ${command:js.pick} b' }],
    });
    expect(editor.started).toEqual(['the.node-extension']);
    // Nobody's: ours.
    const { configuration: own } = await beforeVariables(
      { ...ours, debug: { type: 'gdb', request: 'attach', pid: '${command:pickProcess}' } },
      editorWith(),
    );
    expect(own.debug).toMatchObject({ pid: `\${command:${pickProcessCommand}}` });
  },
  'any.platform': async () => {
    const debug = {
      type: 'own',
      program: 'server',
      windows: { program: 'server.exe' },
      osx: { program: 'server.app' },
      linux: { args: ['--epoll'] },
    };
    expect(await wrappedDebug(debug, { platform: 'win32' })).toEqual({ type: 'own', program: 'server.exe' });
    expect(await wrappedDebug(debug, { platform: 'darwin' })).toEqual({ type: 'own', program: 'server.app' });
    expect(await wrappedDebug(debug, { platform: 'linux' })).toEqual({
      type: 'own',
      program: 'server',
      args: ['--epoll'],
    });
    // What only another system would have asked the user for is not asked.
    const asks = { type: 'own', osx: { pid: '${command:pickProcess}' } };
    const { configuration } = await beforeVariables(
      { ...ours, debug: asks },
      editorWith({ platform: 'linux' }),
    );
    expect(JSON.stringify(configuration)).not.toContain('command:');
  },
  'any.tasks': async () => {
    const tasks = {
      preLaunchTask: 'build',
      postDebugTask: { type: 'npm', script: 'clean' },
      preRestartTask: 'before',
      postRestartTask: 'after',
    };
    // Before variables are filled in: VS Code runs the first of them right after that.
    const { configuration, notes } = await beforeVariables(
      { ...ours, debug: { type: 'own', program: 'x', ...tasks } },
      editorWith(),
    );
    expect(configuration).toEqual({ ...ours, ...tasks, debug: { type: 'own', program: 'x' } });
    expect(notes).toEqual([]);
    const both = await beforeVariables(
      { ...ours, preLaunchTask: 'bridge', debug: { type: 'own', preLaunchTask: 'build' } },
      editorWith(),
    );
    expect(both.configuration).toEqual({ ...ours, preLaunchTask: 'bridge', debug: { type: 'own' } });
    expect(both.notes).toEqual([
      '"preLaunchTask" stands both in "debug" and beside it: the outer one is used. Leave one of them out.',
    ]);
    const same = await beforeVariables(
      { ...ours, preLaunchTask: 'build', debug: { type: 'own', preLaunchTask: 'build' } },
      editorWith(),
    );
    expect(same.notes).toEqual([]);
  },
  'any.ready': async () => {
    const browser = { name: 'browser', type: 'chrome', url: 'http://${env:HOST}' };
    const editor = editorWith({ folder: '/shop', configurations: { browser } });
    const ready = async (serverReadyAction: object, place: 'inside' | 'beside' = 'inside') => {
      const debug = { type: 'own', ...(place === 'inside' ? { serverReadyAction } : {}) };
      const around = place === 'beside' ? { serverReadyAction } : {};
      const { configuration } = await beforeVariables({ ...ours, ...around, debug }, editor);
      expect(configuration.debug).toEqual({ type: 'own' });
      return configuration.serverReadyAction;
    };
    const opens = { pattern: 'on ([0-9]+)', action: 'openExternally' };
    expect(await ready(opens)).toEqual(opens);
    const starts = { action: 'startDebugging', name: 'browser' };
    expect(await ready(starts)).toEqual({ ...starts, config: browser });
    expect(await ready(starts, 'beside')).toEqual({ ...starts, config: browser });
    const inline = { action: 'startDebugging', config: { type: 'own' } };
    expect(await ready(inline)).toEqual(inline);
    // VS Code says that there is none.
    expect(await ready({ ...starts, name: 'nobody' })).toEqual({ ...starts, name: 'nobody' });
    const debugs = { action: 'debugWithChrome' };
    expect(await ready(debugs)).toEqual({ ...debugs, webRoot: '/shop' });
    expect(await ready({ ...debugs, webRoot: '/own' })).toEqual({ ...debugs, webRoot: '/own' });
  },
  'any.console': async () => {
    const options = { internalConsoleOptions: 'neverOpen', suppressMultipleSessionWarning: true };
    const { configuration } = await beforeVariables(
      { ...ours, debug: { type: 'own', ...options } },
      editorWith(),
    );
    expect(configuration).toEqual({ ...ours, ...options, debug: { type: 'own' } });
  },
  'any.server': async () => {
    const debug = { type: 'own', debugServer: 4711 };
    const { configuration } = await beforeVariables({ ...ours, debug }, editorWith());
    expect(configuration).toEqual({ ...ours, debugAdapter: { port: 4711 }, debug: { type: 'own' } });
    const debugAdapter = { command: 'own-adapter' };
    const { configuration: named } = await beforeVariables({ ...ours, debugAdapter, debug }, editorWith());
    expect(named).toEqual({ ...ours, debugAdapter, debug: { type: 'own' } });
  },
  'any.debugger': async () => {
    const known = editorWith({ debuggers: { java: {} } });
    expect(await wrapped({ ...ours, debug: { type: 'java' } }, known)).toEqual({
      ...ours,
      debug: { type: 'java' },
      __startsDebugging: true,
    });
    expect(await wrapped({ ...ours, debug: { type: 'cobol' } }, known)).toEqual({
      ...ours,
      debug: { type: 'cobol' },
    });
  },
} satisfies Partial<Record<OwnRow, () => Promise<void>>>;
