import { breakpointsAt, defaultFilters, topFrame, variablesOf } from './common.ts';
import type { Editor, Run } from './run.ts';

// Zed: zed-industries/zed, crates/project/src/debugger/session.rs (`initialize_sequence`, `shutdown`), dap_command.rs
// (`Initialize`), crates/dap/src/client.rs (numbers from 1; 12 s for a request), transport.rs (`kill`).

export const zed: Editor = {
  name: 'Zed',
  initialize: {
    clientID: 'zed',
    clientName: 'Zed',
    locale: 'en-US',
    pathFormat: 'path',
    linesStartAt1: true,
    columnsStartAt1: true,
    supportsVariableType: true,
    supportsVariablePaging: false,
    supportsRunInTerminalRequest: true,
    supportsMemoryReferences: true,
    supportsProgressReporting: false,
    supportsInvalidatedEvent: false,
    supportsMemoryEvent: false,
    supportsArgsCanBeInterpretedByShell: false,
    supportsStartDebuggingRequest: true,
    supportsANSIStyling: true,
  },
  firstSeq: 1,
  patience: { any: 12_000 },
  adds: {},

  async configure({ client, capabilities }, place) {
    await client.body('setBreakpoints', breakpointsAt(place, { sourceModified: false }));
    const { exceptionBreakpointFilters = [], supportsConfigurationDoneRequest } = capabilities;
    if (exceptionBreakpointFilters.length > 0 || supportsConfigurationDoneRequest !== true) {
      const set = defaultFilters(capabilities);
      const args =
        capabilities.supportsExceptionFilterOptions === true
          ? { filters: set, filterOptions: set.map((filterId) => ({ filterId })) }
          : { filters: set };
      await client.body('setExceptionBreakpoints', args);
    }
    if (supportsConfigurationDoneRequest === true) await client.body('configurationDone', {});
  },

  async look(run, { threadId }) {
    await run.client.body('threads', {});
    const frame = await topFrame(run, { threadId });
    return variablesOf(run, frame.id);
  },

  /** It shuts a session down in one way, also when that has ended already. */
  afterTerminated: shutDown,
  stop: shutDown,
};

async function shutDown(run: Run): Promise<void> {
  if (run.capabilities.supportsTerminateRequest === true)
    await run.client.request('terminate', { restart: false });
  else
    await run.client.request('disconnect', {
      restart: false,
      terminateDebuggee: true,
      suspendDebuggee: false,
    });
  run.signal('SIGKILL');
}
