import { expect, test } from '@jest/globals';
import { specifiedVariables } from '../../adapter/cluster/agentEnvironment.ts';

test("what the agent has empty for itself is what the pod's specification says", () => {
  const agent = {
    A: 'b',
    NODE_OPTIONS: '',
    LOCALPROCESS_K8S_KEPT_NODE_OPTIONS: '--require "./a b.js"',
    NODE_PATH: '',
    LOCALPROCESS_K8S_KEPT_NODE_PATH: '',
    LD_PRELOAD: '',
    LOCALPROCESS_K8S_KEPT_LD_PRELOAD: '$(LD_PRELOAD)',
    LD_LIBRARY_PATH: '',
    LOCALPROCESS_K8S_KEPT_LD_LIBRARY_PATH: '$(LD_LIBRARY_PATH)',
  };
  expect(specifiedVariables(agent)).toEqual({
    A: 'b',
    NODE_OPTIONS: '--require "./a b.js"',
    NODE_PATH: '',
  });
});
