import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { OwnRow } from '../../../../extension/wrapping/additions.ts';
import { temporaryFolder } from '../../../machine/script.ts';
import { editorWith, ours, wrapped, wrappedDebug, write } from '../editor.ts';

/** For each of its rows of the table that this extension answers for: that it does. Native programs and .NET. */
export const native = {
  'lldb.settings': async () => {
    const settings = {
      'lldb.launch.initCommands': ['of settings'],
      'lldb.launch.exitCommands': ['of settings'],
      'lldb.launch.env': { A: 'settings', B: 'settings' },
      'lldb.launch.sourceLanguages': [],
      'lldb.launch.terminal': 'console',
      'lldb.launch.cwd': '/of/settings',
    };
    const debug = {
      type: 'lldb',
      request: 'custom',
      initCommands: ['own'],
      exitCommands: ['own'],
      env: { A: 'own' },
      cwd: '/own',
    };
    expect(await wrappedDebug(debug, { settings })).toEqual({
      type: 'lldb',
      request: 'launch',
      custom: true,
      initCommands: ['of settings', 'own'],
      exitCommands: ['own', 'of settings'],
      env: { A: 'own', B: 'settings' },
      terminal: 'console',
      cwd: '/own',
    });
    expect(await wrappedDebug({ type: 'lldb', program: 'x' })).toEqual({ type: 'lldb', program: 'x' });
  },
  'cppdbg.envFile': async () => {
    await using folder = await temporaryFolder();
    const envFile = join(folder.path, '.env');
    await write(folder.path, { '.env': '\uFEFFA="a\\nb"\n# no variable\nB=${A} # kept\r\n' });
    const environment = [
      { name: 'A', value: 'own' },
      { name: 'C', value: 'own' },
    ];
    expect(await wrappedDebug({ type: 'cppdbg', program: 'x', envFile, environment })).toEqual({
      type: 'cppdbg',
      program: 'x',
      environment: [
        { name: 'C', value: 'own' },
        { name: 'A', value: 'a\nb' },
        { name: 'B', value: '${A} # kept' },
      ],
    });
    expect(await wrappedDebug({ type: 'cppdbg', environment })).toEqual({ type: 'cppdbg', environment });
  },
  'cppdbg.process': async () => {
    const pickProcess = () => Promise.resolve(7);
    const attach = { type: 'cppdbg', request: 'attach', program: 'x' };
    expect(await wrappedDebug(attach, { pickProcess })).toEqual({ ...attach, processId: 7 });
    expect(await wrappedDebug({ ...attach, processId: '' }, { pickProcess })).toMatchObject({ processId: 7 });
    expect(await wrappedDebug({ ...attach, pipeTransport: {} })).not.toHaveProperty('processId');
  },
  'coreclr.settings': async () => {
    const settings = {
      'csharp.debug': { justMyCode: false, console: 'integratedTerminal', sourceFileMap: {}, symbolPath: '' },
    };
    const given = editorWith({ settings, folder: '/shop' });
    expect(await wrapped({ ...ours, debug: { type: 'coreclr', program: 'x' } }, given)).toEqual({
      ...ours,
      internalConsoleOptions: 'openOnSessionStart',
      debug: { type: 'coreclr', program: 'x', justMyCode: false, cwd: '/shop' },
    });
    const own = { type: 'coreclr', program: 'x', justMyCode: true, cwd: '/own' };
    expect((await wrapped({ ...ours, debug: own }, given)).debug).toEqual(own);
  },
  'coreclr.envFile': async () => {
    await using folder = await temporaryFolder();
    const envFile = join(folder.path, '.env');
    await write(folder.path, { '.env': "A='file'\nB=file\n" });
    expect(await wrappedDebug({ type: 'coreclr', program: 'x', envFile, env: { A: 'own' } })).toEqual({
      type: 'coreclr',
      program: 'x',
      env: { A: 'own', B: 'file' },
    });
  },
  'coreclr.process': async () => {
    const pickProcess = () => Promise.resolve(7);
    const attach = { type: 'coreclr', request: 'attach' };
    expect(await wrappedDebug(attach, { pickProcess })).toEqual({ ...attach, processId: 7 });
    const named = { ...attach, processName: 'shop' };
    expect(await wrappedDebug(named)).toEqual(named);
  },
} satisfies Partial<Record<OwnRow, () => Promise<void>>>;
