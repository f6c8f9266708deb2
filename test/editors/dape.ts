import { breakpointsAt, defaultFilters, topFrame, variablesOf } from './common.ts';
import type { Editor, Run } from './run.ts';

// Emacs: svaante/dape, dape.el (`dape--initialize`, `dape-handle-event` of each event, `dape-kill`,
// `dape-request-timeout`: 10 s); no arguments where there are none. Its connections are those of jsonrpc.el, whose
// `jsonrpc-shutdown` deletes the process: SIGKILL.

export const dape: Editor = {
  name: 'Emacs dape',
  initialize: {
    clientID: 'dape',
    pathFormat: 'path',
    linesStartAt1: true,
    columnsStartAt1: true,
    supportsRunInTerminalRequest: true,
    supportsArgsCanBeInterpretedByShell: true,
    supportsProgressReporting: true,
    supportsStartDebuggingRequest: true,
  },
  firstSeq: 1,
  patience: { any: 10_000 },
  adds: { type: 'localprocess-k8s' },
  onCapabilities: (run) => void configureExceptions(run),

  async configure(run, { file, line }) {
    const { client, capabilities } = run;
    await configureExceptions(run);
    await client.body('setBreakpoints', { ...breakpointsAt({ file, line }), source: { path: file } });
    if (capabilities.supportsDataBreakpoints === true)
      await client.body('setDataBreakpoints', { breakpoints: [] });
    await client.body('configurationDone');
  },

  async look(run, { threadId }) {
    await run.client.body('threads');
    const delayed = run.capabilities.supportsDelayedStackTraceLoading === true;
    const frame = await topFrame(run, { threadId, ...(delayed && { startFrame: 0, levels: 1 }) });
    return variablesOf(run, frame.id);
  },

  /** It ends a session in one way, also when that has ended already. */
  afterTerminated: kill,
  stop: kill,
};

async function configureExceptions({ client, capabilities }: Run): Promise<void> {
  if ((capabilities.exceptionBreakpointFilters ?? []).length === 0) return;
  await client.request('setExceptionBreakpoints', { filters: defaultFilters(capabilities) });
}

async function kill(run: Run): Promise<void> {
  const { supportsTerminateRequest, supportTerminateDebuggee } = run.capabilities;
  const polite =
    supportsTerminateRequest === true && (await run.client.request('terminate')).success ? true : false;
  if (!polite) {
    const args = { restart: false, ...(supportTerminateDebuggee === true && { terminateDebuggee: true }) };
    await run.client.request('disconnect', args);
  }
  run.signal('SIGKILL');
}
