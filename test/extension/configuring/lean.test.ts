import { expect, test } from '@jest/globals';
import { bare, lean } from '../../../extension/configuring/lean.ts';

const given = {
  type: 'pwa-node',
  request: 'launch',
  name: 'Run Current File',
  program: '/shop/web/server.js',
  cwd: '/shop',
  sourceMaps: true,
  console: 'integratedTerminal',
  envFile: null,
  skipFiles: ['<node_internals>/**'],
  outFiles: undefined,
  __workspaceFolder: '/shop',
};

test('what is added to the bare configuration as well goes; what it is about and what differs stays', () => {
  expect(bare(given)).toEqual({
    type: 'pwa-node',
    request: 'launch',
    name: 'Run Current File',
    program: '/shop/web/server.js',
  });
  const usual = {
    ...given,
    console: 'internalConsole',
    skipFiles: ['<node_internals>/**'],
    smartStep: true,
  };
  expect(lean(given, usual, '/shop')).toEqual({
    type: 'pwa-node',
    request: 'launch',
    name: 'Run Current File',
    program: '${workspaceFolder}/web/server.js',
    console: 'integratedTerminal',
  });
});

test('where nobody knows what is added, all stays but notes', () => {
  const names = Object.keys(lean(given, undefined, '/elsewhere'));
  expect(names).toEqual(
    Object.keys(given).filter((name) => !['outFiles', '__workspaceFolder'].includes(name)),
  );
});
