import { expect } from '@jest/globals';
import type { OwnRow } from '../../../../extension/wrapping/additions.ts';
import { wrappedDebug } from '../editor.ts';

/** For each of its rows of the table that this extension answers for: that it does. PHP and Ruby. */
export const scripts = {
  'php.program': async () => {
    const settings = { 'php.debug.executablePath': '', 'php.validate.executablePath': '/opt/php' };
    expect(await wrappedDebug({ type: 'php', program: 'x' }, { settings })).toMatchObject({
      runtimeExecutable: '/opt/php',
    });
    const own = { type: 'php', program: 'x', runtimeExecutable: '/own/php' };
    expect(await wrappedDebug(own, { settings })).toEqual(own);
    expect(await wrappedDebug({ type: 'php', port: 9003 }, { settings })).toEqual({
      type: 'php',
      port: 9003,
    });
  },
  'rdbg.settings': async () => {
    const given = { settings: { 'rdbg.useBundler': true }, folder: '/shop' };
    expect(await wrappedDebug({ type: 'rdbg', script: 'x' }, given)).toEqual({
      type: 'rdbg',
      script: 'x',
      useBundler: true,
      cwd: '/shop',
    });
    const own = { type: 'rdbg', script: 'x', useBundler: false, cwd: '/own' };
    expect(await wrappedDebug(own, given)).toEqual(own);
  },
} satisfies Partial<Record<OwnRow, () => Promise<void>>>;
