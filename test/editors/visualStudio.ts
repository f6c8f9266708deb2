import { breakpointsAt, defaultFilters, topFrame, variablesOf } from './common.ts';
import type { Editor } from './run.ts';

// Visual Studio: microsoft/VSDebugAdapterHost, the wiki's "Differences between Visual Studio Code and the Visual Studio
// Debug Adapter Host" (32-bit numbers, a failed response ends the session, nothing is read after the answer to
// `disconnect`) and "Special Properties Recognized by the Debug Adapter Host" (attributes beginning with `$`); the
// arguments of `initialize` are those of Visual Studio 16 in logs of vscode-chrome-debug-core. dap.md has the rest.

export const visualStudio: Editor = {
  name: 'Visual Studio',
  initialize: {
    pathFormat: 'path',
    clientID: 'visualstudio',
    clientName: 'Visual Studio',
    locale: 'en-US',
    linesStartAt1: true,
    columnsStartAt1: true,
    supportsVariableType: true,
    supportsRunInTerminalRequest: true,
    supportsMemoryReferences: true,
    supportsProgressReporting: true,
    SupportsMessageBox: true,
    supportsHandshakeRequest: true,
    supportsVsAdditionalBreakpointBinds: true,
    supportsHitCountsChange: true,
    supportsVsCustomMessages: true,
    supportsMapURLToFilePathRequest: true,
    supportsLaunchUnelevatedProcessRequest: true,
  },
  firstSeq: 1,
  // Not known; its user's.
  patience: { any: 5000, launch: Infinity },
  adds: {
    type: 'localprocess-k8s',
    name: 'web',
    $adapter: 'localprocess-k8s.exe',
    $adapterArgs: '--debugger debugpy',
    $debugServer: 4711,
    $localsScopeName: 'Locals',
  },
  namesDebugger: true,
  pipelines: true,

  async configure({ client, capabilities }, place) {
    const answers = [
      client.body('setBreakpoints', breakpointsAt(place)),
      ...(capabilities.supportsFunctionBreakpoints === true
        ? [client.body('setFunctionBreakpoints', { breakpoints: [] })]
        : []),
      client.body('setExceptionBreakpoints', { filters: defaultFilters(capabilities) }),
      client.body('configurationDone', {}),
    ];
    await Promise.all(answers);
  },

  async look(run, { threadId }) {
    const { client, capabilities } = run;
    const threads = client.body('threads', {});
    const frame = await topFrame(run, {
      threadId,
      startFrame: 0,
      levels: 1000,
      ...(capabilities.supportsValueFormattingOptions === true && { format: { hex: false } }),
    });
    await threads;
    const variables = await variablesOf(run, frame.id);
    // Whether memory can be read is tried out with nothing at all.
    const memoryReference = variables.find((variable) => variable.memoryReference)?.memoryReference;
    if (memoryReference !== undefined) await client.body('readMemory', { memoryReference, count: 0 });
    return variables;
  },

  async afterTerminated(run) {
    await run.client.body('disconnect', { restart: false });
    run.client.hangUp();
  },

  async stop(run) {
    await run.client.body('disconnect', { restart: false, terminateDebuggee: true });
    run.client.hangUp();
  },
};
