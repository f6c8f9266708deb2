import { expect, test } from '@jest/globals';
import { difference, offered } from '../../adapter/dap/capabilities.ts';

test('what the debugger is known for is offered, with what this adapter adds', () => {
  expect(offered({ supportsStepBack: true })).toEqual({
    supportsStepBack: true,
    supportsConfigurationDoneRequest: true,
    supportsCancelRequest: true,
  });
});

test('the difference is exact: gained, changed and lost', () => {
  const told = { supportsStepBack: true, supportsTerminateRequest: true, exceptionBreakpointFilters: [] };
  const actual = { supportsTerminateRequest: true, supportsSetVariable: true };
  expect(difference(told, actual)).toEqual({
    supportsStepBack: false,
    exceptionBreakpointFilters: [],
    supportsSetVariable: true,
  });
  expect(difference(told, told)).toBeUndefined();
});
