import { setTimeout as delay } from 'node:timers/promises';
import { breakpointsAt, defaultFilters, topFrame, variablesOf } from './common.ts';
import type { Editor, Run } from './run.ts';

// Neovim: mfussenegger/nvim-dap, lua/dap/session.lua (`initialize` with its warning after 4 s, `event_initialized`,
// `event_stopped`, `event_terminated`, `spawn` with SIGINT and after 5 s SIGKILL) and lua/dap.lua (`terminate`: 3 s).

/** How long the adapter has to end after SIGINT, in milliseconds. */
export const endPatience = 5000;

export const neovim: Editor = {
  name: 'nvim-dap',
  initialize: {
    clientID: 'neovim',
    clientName: 'neovim',
    pathFormat: 'path',
    columnsStartAt1: true,
    linesStartAt1: true,
    supportsRunInTerminalRequest: true,
    supportsVariableType: true,
    supportsProgressReporting: true,
    supportsStartDebuggingRequest: true,
    locale: 'en_US.UTF-8',
  },
  firstSeq: 0,
  patience: { any: 5000, launch: 4000, terminate: 3000, disconnect: 3000 },
  adds: { type: 'localprocess-k8s', name: 'web' },

  async configure({ client, capabilities }, place) {
    await client.body('setBreakpoints', breakpointsAt(place, { sourceModified: false }));
    if (capabilities.exceptionBreakpointFilters)
      await client.body('setExceptionBreakpoints', { filters: defaultFilters(capabilities) });
    if (capabilities.supportsConfigurationDoneRequest === true) await client.body('configurationDone');
  },

  async look(run, { threadId }) {
    await run.client.body('threads');
    const frame = await topFrame(run, { threadId });
    return variablesOf(run, frame.id);
  },

  /** No `disconnect`: it closes. */
  afterTerminated: close,

  async stop(run) {
    if (run.capabilities.supportsTerminateRequest === true) await run.client.body('terminate', {});
    else await run.client.body('disconnect', { restart: false, terminateDebuggee: true });
    await close(run);
  },
};

async function close(run: Run): Promise<void> {
  run.client.hangUp();
  if (!run.client.process) return;
  run.signal('SIGINT');
  const late = await Promise.race([run.exited().then(() => false), delay(endPatience, true, { ref: false })]);
  if (late) run.signal('SIGKILL');
}
