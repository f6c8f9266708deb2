import { setTimeout as delay } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { breakpointsAt, defaultFilters, topFrame, variablesOf } from './common.ts';
import type { Editor, Run } from './run.ts';

// Visual Studio Code: microsoft/vscode, src/vs/workbench/contrib/debug/browser/debugSession.ts (`initialize`, what it
// does on events), debugService.ts (`sendAllBreakpoints`, `restartSession`), rawDebugSession.ts (`shutdown`: 2 s for
// `disconnect`), common/abstractDebugAdapter.ts (numbers, no empty arguments), node/debugAdapter.ts (`stopSession`:
// SIGTERM to the adapter alone).

/** How long `disconnect` is waited for, in milliseconds. */
export const shutdownPatience = 2000;

export const vscode: Editor = {
  name: 'VS Code',
  initialize: {
    clientID: 'vscode',
    clientName: 'Visual Studio Code',
    pathFormat: 'path',
    linesStartAt1: true,
    columnsStartAt1: true,
    supportsVariableType: true,
    supportsVariablePaging: true,
    supportsRunInTerminalRequest: true,
    locale: 'en',
    supportsProgressReporting: true,
    supportsInvalidatedEvent: true,
    supportsMemoryReferences: true,
    supportsArgsCanBeInterpretedByShell: true,
    supportsMemoryEvent: true,
    supportsStartDebuggingRequest: true,
    supportsANSIStyling: true,
  },
  firstSeq: 1,
  // It has no limit but for the end; its user has.
  patience: { any: 5000, launch: Infinity, disconnect: shutdownPatience },
  adds: {
    type: 'localprocess-k8s',
    name: 'web',
    __configurationTarget: 6,
    __sessionId: 'a5b3d4c0-0000-4000-8000-000000000000',
    presentation: { hidden: false, group: '', order: 1 },
    internalConsoleOptions: 'neverOpen',
    suppressMultipleSessionWarning: true,
    preLaunchTask: 'build',
    postDebugTask: 'clean',
    serverReadyAction: { action: 'openExternally' },
    linux: {},
    osx: {},
    windows: {},
  },
  namesDebugger: true,

  async configure(run, place) {
    const { client, capabilities } = run;
    // All at once, since `configurationDone` says when they are complete.
    await Promise.all([
      client.body('setBreakpoints', breakpointsAt(place, { sourceModified: false })),
      ...(['Function', 'Data', 'Instruction'] as const).map((kind) =>
        capabilities[`supports${kind}Breakpoints`]
          ? client.body(`set${kind}Breakpoints`, { breakpoints: [] })
          : undefined,
      ),
      exceptionBreakpoints(run),
    ]);
    await client.body('configurationDone');
    await client.body('threads');
  },

  async look(run, { threadId }) {
    await run.client.body('threads');
    const delayed = run.capabilities.supportsDelayedStackTraceLoading === true;
    const frame = await topFrame(run, { threadId, startFrame: 0, levels: delayed ? 1 : 20 });
    if (delayed) void run.client.send('stackTrace', { threadId, startFrame: 1, levels: 19 });
    return variablesOf(run, frame.id);
  },

  async afterTerminated(run) {
    await shutDown(run, false);
  },

  async stop(run) {
    if (run.capabilities.supportsTerminateRequest === true) {
      await run.client.body('terminate', { restart: false });
      await run.client.waitForEvent('terminated');
      await shutDown(run, false);
    } else await shutDown(run, true);
  },
};

/** Disconnects and ends the adapter: after its answer, or when that is not there in time. */
export async function shutDown(run: Run, terminateDebuggee: boolean, restart = false): Promise<void> {
  const { supportTerminateDebuggee } = run.capabilities;
  const args = { restart, ...(supportTerminateDebuggee === true && { terminateDebuggee }) };
  const { answer } = run.client.send('disconnect', args);
  await Promise.race([answer, delay(shutdownPatience, undefined, { ref: false })]);
  run.signal('SIGTERM');
}

async function exceptionBreakpoints({ client, capabilities }: Run): Promise<void> {
  const { exceptionBreakpointFilters = [], supportsExceptionFilterOptions } = capabilities;
  if (exceptionBreakpointFilters.length === 0) return;
  const set = defaultFilters(capabilities);
  const args: DebugProtocol.SetExceptionBreakpointsArguments =
    supportsExceptionFilterOptions === true
      ? { filters: [], filterOptions: set.map((filterId) => ({ filterId })) }
      : { filters: set };
  await client.body('setExceptionBreakpoints', args);
}
