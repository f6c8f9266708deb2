import { expect, test } from '@jest/globals';
import { anywhere, elsewhere } from '../../../extension/configuring/folders.ts';

test('a configuration of another folder names that folder, wherever it meant its own', () => {
  const configuration = {
    program: '${workspaceFolder}/server.js',
    args: ['${workspaceFolderBasename}', '${file}', 3],
    env: { HERE: '${workspaceRoot}:${workspaceFolder}', NAMED: '${workspaceFolder:web}', NONE: null },
  };
  expect(elsewhere(configuration, 'api')).toEqual({
    program: '${workspaceFolder:api}/server.js',
    args: ['${workspaceFolderBasename:api}', '${file}', 3],
    env: {
      HERE: '${workspaceRoot:api}:${workspaceFolder:api}',
      NAMED: '${workspaceFolder:web}',
      NONE: null,
    },
  });
});

test('a configuration that holds the folder’s path gets its variable, and only for that very folder', () => {
  const configuration = {
    cwd: '/home/me/shop',
    args: ['/home/me/shop/web/server.js', '/home/me/shopping', '/other/home/me/shop', '--at=/home/me/shop'],
    env: { PATH: '/bin:/home/me/shop/bin:/usr/bin' },
  };
  expect(anywhere(configuration, '/home/me/shop')).toEqual({
    cwd: '${workspaceFolder}',
    args: [
      '${workspaceFolder}/web/server.js',
      '/home/me/shopping',
      '/other/home/me/shop',
      '--at=${workspaceFolder}',
    ],
    env: { PATH: '/bin:${workspaceFolder}/bin:/usr/bin' },
  });
  expect(anywhere('C:\\a (1)\\b.js', 'C:\\a (1)')).toBe('${workspaceFolder}\\b.js');
});
