import { expect, test } from '@jest/globals';
import { difference, offered } from '../../adapter/dap/capabilities.ts';
import { expected, known } from '../../adapter/dap/expected.ts';
import { presets } from '../../adapter/debugger/presets.ts';

test('what the debugger is known for is offered, with what this adapter adds', () => {
  expect(offered({ supportsStepBack: true })).toEqual({
    supportsStepBack: true,
    supportsConfigurationDoneRequest: true,
    supportsCancelRequest: true,
  });
});

test('the difference is exact: gained, changed and lost', () => {
  const filter = { filter: 'all', label: 'All' };
  const told = {
    supportsStepBack: true,
    supportsTerminateRequest: true,
    supportsRestartFrame: false,
    exceptionBreakpointFilters: [filter],
  };
  const actual = { supportsTerminateRequest: true, supportsSetVariable: true, supportsLogPoints: false };
  expect(difference(told, actual)).toEqual({
    supportsStepBack: false,
    exceptionBreakpointFilters: [],
    supportsSetVariable: true,
  });
  expect(difference(told, told)).toBeUndefined();
  expect(difference({ supportsStepBack: false, supportedChecksumAlgorithms: [] }, {})).toBeUndefined();
  expect(difference({}, { exceptionBreakpointFilters: [filter] })).toEqual({
    exceptionBreakpointFilters: [filter],
  });
});

test('while no type is known, what all have in common is offered, and nothing of it is taken back', () => {
  const common = expected(undefined);
  expect(common).toEqual({ supportsConditionalBreakpoints: true, supportsConfigurationDoneRequest: true });
  for (const one of Object.values(known)) {
    const news = difference(offered(common), offered(one));
    expect(Object.values(news ?? {})).not.toContain(false);
    expect({ ...offered(common), ...news }).toEqual(offered(one));
  }
});

test('there are expectations of every type that has a preset, and the first of its names counts', () => {
  for (const { types } of presets) {
    for (const type of types) expect(expected(type)).toEqual(expected(types[0]));
    expect(Object.keys(expected(types[0])).length).toBeGreaterThan(2);
  }
  expect(expected('unheard-of')).toEqual(expected(undefined));
});
