import { expect, test } from '@jest/globals';
import { elsewhere } from '../../../extension/configuring/otherFolder.ts';

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
