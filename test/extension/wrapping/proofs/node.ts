import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { expect } from '@jest/globals';
import type { OwnRow } from '../../../../extension/wrapping/additions.ts';
import { temporaryFolder } from '../../../machine/script.ts';
import { editorWith, ours, wrapped, wrappedDebug, write } from '../editor.ts';

/** For each of its rows of the table that this extension answers for: that it does. Node.js and browsers. */
export const node = {
  'node.folder': async () => {
    const given = { folder: '/shop' };
    expect(await wrappedDebug({ type: 'node', program: 'x' }, given)).toEqual({
      type: 'node',
      program: 'x',
      cwd: '/shop',
      __workspaceFolder: '/shop',
    });
    expect(await wrappedDebug({ type: 'pwa-node', cwd: '/own', remoteRoot: '/app' }, given)).toMatchObject({
      cwd: '/own',
      localRoot: '/shop',
    });
    expect(await wrappedDebug({ type: 'node', program: 'x' })).toEqual({ type: 'node', program: 'x' });
  },
  'node.version': async () => {
    await using nvm = await temporaryFolder();
    for (const version of ['v20.9.0', 'v20.10.1', 'v22.0.0'])
      await write(nvm.path, { [`versions/node/${version}/bin/node`]: '' });
    const environment = { NVM_DIR: nvm.path, PATH: '/bin' };
    const bin = join(nvm.path, 'versions', 'node', 'v20.10.1', 'bin');
    const debug = { type: 'node', program: 'x', runtimeVersion: '20' };
    const posix = { environment, platform: 'linux' } as const;
    expect(await wrappedDebug(debug, posix)).toEqual({
      type: 'node',
      program: 'x',
      runtimeExecutable: join(bin, 'node'),
      env: { PATH: `${bin}${delimiter}/bin` },
    });
    expect(
      await wrappedDebug({ ...debug, runtimeExecutable: 'npm', env: { PATH: '/own' } }, posix),
    ).toMatchObject({
      runtimeExecutable: 'npm',
      env: { PATH: `${bin}${delimiter}/own` },
    });
    expect(await wrappedDebug({ ...debug, runtimeVersion: 'default' }, posix)).not.toHaveProperty('env');
    await expect(wrappedDebug({ ...debug, runtimeVersion: '18' }, posix)).rejects.toThrow(
      `Cannot find Node.js "18": nvm has no such version in "${join(nvm.path, 'versions', 'node')}".`,
    );
    await write(nvm.path, { 'v20.9.0/node64.exe': '' });
    expect(
      await wrappedDebug(debug, { environment: { NVM_HOME: nvm.path }, platform: 'win32' }),
    ).toMatchObject({ runtimeExecutable: join(nvm.path, 'v20.9.0', 'node64.exe') });
  },
  'node.flags': async () => {
    const debug = { type: 'node', runtimeArgs: ['--inspect-brk=9230', '--inspect', '--enable-source-maps'] };
    expect(await wrappedDebug(debug)).toMatchObject({
      runtimeArgs: ['--enable-source-maps'],
      stopOnEntry: true,
    });
    expect(await wrappedDebug({ ...debug, attachSimplePort: 9230, stopOnEntry: true })).toMatchObject({
      runtimeArgs: debug.runtimeArgs,
      continueOnAttach: false,
      stopOnEntry: false,
    });
    const plain = { type: 'node', runtimeArgs: ['run', 'dev'] };
    expect(await wrappedDebug(plain)).toEqual(plain);
  },
  'node.process': async () => {
    // On a port of its own, so that nothing else is in its way.
    const debuggee = spawn(process.execPath, [
      '--inspect-port=127.0.0.1:0',
      ...['-e', 'setTimeout(() => {}, 60000); console.log("ready")'],
    ]);
    const exited = once(debuggee, 'exit');
    try {
      await once(debuggee.stdout, 'data');
      const listening = once(debuggee.stderr, 'data');
      const debug = { type: 'node', request: 'attach', processId: `${debuggee.pid}:` };
      expect(await wrappedDebug(debug)).toEqual({ type: 'node', request: 'attach', port: 9229 });
      expect(String(await listening)).toContain('Debugger listening on ws://127.0.0.1:');
      expect(await wrappedDebug({ ...debug, processId: '7:9230' })).toMatchObject({ port: 9230 });
    } finally {
      debuggee.kill('SIGKILL');
      await exited;
    }
  },
  'node.settings': async () => {
    const settings = { 'debug.javascript.breakOnConditionalError': true };
    expect(await wrappedDebug({ type: 'node' }, { settings })).toEqual({
      type: 'node',
      __breakOnConditionalError: true,
    });
    const terminal = { ...ours, debug: { type: 'node', console: 'integratedTerminal' } };
    expect((await wrapped(terminal, editorWith())).internalConsoleOptions).toBe('neverOpen');
    expect(await wrapped({ ...ours, debug: { type: 'node' } }, editorWith())).not.toHaveProperty(
      'internalConsoleOptions',
    );
  },
  'chrome.folder': async () => {
    expect(await wrappedDebug({ type: 'chrome', url: 'x' }, { folder: '/shop' })).toMatchObject({
      __workspaceFolder: '/shop',
    });
  },
} satisfies Partial<Record<OwnRow, () => Promise<void>>>;
