import type { DebugProtocol } from '@vscode/debugprotocol';

/**
 * What debuggers answer to `initialize`, by `debug.type`: as it was measured with the version named, or as the
 * source says of those that could not be run. What is false or empty is left out.
 */
export const known: Readonly<Record<string, DebugProtocol.Capabilities>> = {
  /* js-debug 1.105 */
  'pwa-node': {
    ...supports(
      'ANSIStyling BreakpointLocationsRequest ClipboardContext CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest DelayedStackTraceLoading EvaluateForHovers ExceptionFilterOptions ExceptionInfoRequest HitConditionalBreakpoints LoadedSourcesRequest LogPoints ReadMemoryRequest RestartFrame RestartRequest SetExpression SetVariable StepInTargetsRequest ValueFormattingOptions WriteMemoryRequest',
    ),
    exceptionBreakpointFilters: [
      {
        filter: 'all',
        label: 'Caught Exceptions',
        default: false,
        supportsCondition: true,
        description: "Breaks on all throw errors, even if they're caught later.",
        conditionDescription: 'error.name == "MyError"',
      },
      {
        filter: 'uncaught',
        label: 'Uncaught Exceptions',
        default: false,
        supportsCondition: true,
        description: 'Breaks only on errors or promise rejections that are not handled.',
        conditionDescription: 'error.name == "MyError"',
      },
    ],
    supportTerminateDebuggee: true,
    completionTriggerCharacters: ['.', '[', '"', "'"],
  },
  /* debugpy 1.8 */
  debugpy: {
    ...supports(
      'ClipboardContext CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest DelayedStackTraceLoading EvaluateForHovers ExceptionInfoRequest ExceptionOptions FunctionBreakpoints GotoTargetsRequest HitConditionalBreakpoints LogPoints ModulesRequest SetExpression SetVariable StepInTargetsRequest TerminateRequest ValueFormattingOptions',
    ),
    exceptionBreakpointFilters: [
      {
        filter: 'raised',
        label: 'Raised Exceptions',
        default: false,
        description: 'Break whenever any exception is raised.',
      },
      {
        filter: 'uncaught',
        label: 'Uncaught Exceptions',
        default: true,
        description: 'Break when the process is exiting due to unhandled exception.',
      },
      {
        filter: 'userUnhandled',
        label: 'User Uncaught Exceptions',
        default: false,
        description: 'Break when exception escapes into library code.',
      },
    ],
  },
  /* delve 1.26 */
  go: {
    ...supports(
      'ClipboardContext ConditionalBreakpoints ConfigurationDoneRequest DataBreakpoints DelayedStackTraceLoading DisassembleRequest EvaluateForHovers ExceptionInfoRequest FunctionBreakpoints HitConditionalBreakpoints InstructionBreakpoints LogPoints ReadMemoryRequest RestartRequest SetVariable SteppingGranularity',
    ),
    exceptionBreakpointFilters: [
      { filter: 'unrecovered-panic', label: 'Unrecovered Panics', default: true },
      { filter: 'runtime-fatal-throw', label: 'Fatal Throws', default: true },
    ],
  },
  /* CodeLLDB 1.11 */
  lldb: {
    ...supports(
      'CancelRequest ClipboardContext CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest DataBreakpointBytes DataBreakpoints DelayedStackTraceLoading DisassembleRequest EvaluateForHovers ExceptionFilterOptions ExceptionInfoRequest FunctionBreakpoints GotoTargetsRequest HitConditionalBreakpoints InstructionBreakpoints LogPoints ModulesRequest ReadMemoryRequest RestartRequest SetVariable StepInTargetsRequest SteppingGranularity WriteMemoryRequest',
    ),
    exceptionBreakpointFilters: [
      { default: true, filter: 'cpp_throw', label: 'C++: on throw', supportsCondition: true },
      { default: false, filter: 'cpp_catch', label: 'C++: on catch', supportsCondition: true },
    ],
    supportTerminateDebuggee: true,
  },
  /* lldb-dap 19.1 */
  'lldb-dap': {
    ...supports(
      'CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest DataBreakpoints DelayedStackTraceLoading DisassembleRequest EvaluateForHovers ExceptionInfoRequest ExceptionOptions FunctionBreakpoints HitConditionalBreakpoints LogPoints ModulesRequest ProgressReporting RestartRequest RunInTerminalRequest SetVariable StepInTargetsRequest ValueFormattingOptions',
    ),
    completionTriggerCharacters: ['.', ' ', '\t'],
    exceptionBreakpointFilters: [
      { default: false, filter: 'cpp_catch', label: 'C++ Catch' },
      { default: false, filter: 'cpp_throw', label: 'C++ Throw' },
      { default: false, filter: 'objc_catch', label: 'Objective-C Catch' },
      { default: false, filter: 'objc_throw', label: 'Objective-C Throw' },
    ],
    supportTerminateDebuggee: true,
  },
  /* gdb 18.1 */
  gdb: {
    ...supports(
      'BreakpointLocationsRequest CancelRequest CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest DelayedStackTraceLoading DisassembleRequest EvaluateForHovers ExceptionFilterOptions FunctionBreakpoints HitConditionalBreakpoints InstructionBreakpoints LoadedSourcesRequest LogPoints ModulesRequest ReadMemoryRequest SetExpression SetVariable SingleThreadExecutionRequests SteppingGranularity TerminateRequest ValueFormattingOptions WriteMemoryRequest',
    ),
    supportTerminateDebuggee: true,
    exceptionBreakpointFilters: [
      { filter: 'assert', label: 'Ada assertions', supportsCondition: true },
      { filter: 'exception', label: 'Ada exceptions', supportsCondition: true },
      { filter: 'unhandled', label: 'Ada exceptions without a handler', supportsCondition: true },
      { filter: 'throw', label: 'C++ exceptions, when thrown', supportsCondition: true },
      { filter: 'rethrow', label: 'C++ exceptions, when re-thrown', supportsCondition: true },
      { filter: 'catch', label: 'C++ exceptions, when caught', supportsCondition: true },
    ],
    completionTriggerCharacters: [' ', '.'],
  },
  /* rdbg 1.4 */
  rdbg: {
    ...supports(
      'CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest EvaluateForHovers ExceptionFilterOptions FunctionBreakpoints StepBack TerminateRequest',
    ),
    supportTerminateDebuggee: true,
    exceptionBreakpointFilters: [
      { filter: 'any', label: 'rescue any exception' },
      { filter: 'RuntimeError', label: 'rescue RuntimeError', default: true },
    ],
  },
  /* Perl::LanguageServer 2.5 */
  perl: {
    ...supports(
      'BreakpointLocationsRequest CancelRequest ConditionalBreakpoints ConfigurationDoneRequest DelayedStackTraceLoading EvaluateForHovers LoadedSourcesRequest ModulesRequest SetExpression SetVariable TerminateRequest TerminateThreadsRequest',
    ),
    supportTerminateDebuggee: true,
  },
  /* By its source: OpenDebugAD7 */
  cppdbg: {
    ...supports(
      'ClipboardContext ConditionalBreakpoints ConfigurationDoneRequest DisassembleRequest EvaluateForHovers FunctionBreakpoints GotoTargetsRequest LogPoints ModulesRequest ReadMemoryRequest SetVariable ValueFormattingOptions',
    ),
  },
  /* By its source: netcoredbg */
  coreclr: {
    ...supports(
      'CancelRequest ConditionalBreakpoints ConfigurationDoneRequest ExceptionFilterOptions ExceptionInfoRequest FunctionBreakpoints SetExpression SetVariable TerminateRequest',
    ),
    supportTerminateDebuggee: true,
    exceptionBreakpointFilters: [
      { filter: 'all', label: 'all' },
      { filter: 'user-unhandled', label: 'user-unhandled' },
    ],
  },
  /* By its source: PHP Debug */
  php: {
    ...supports(
      'ConditionalBreakpoints ConfigurationDoneRequest EvaluateForHovers FunctionBreakpoints HitConditionalBreakpoints LogPoints SetVariable',
    ),
    supportTerminateDebuggee: true,
    exceptionBreakpointFilters: [
      { filter: 'Notice', label: 'Notices' },
      { filter: 'Warning', label: 'Warnings' },
      { filter: 'Error', label: 'Errors' },
      { filter: 'Exception', label: 'Exceptions' },
      { filter: '*', label: 'Everything' },
    ],
  },
  /* By its source: java-debug */
  java: {
    ...supports(
      'BreakpointLocationsRequest ClipboardContext CompletionsRequest ConditionalBreakpoints ConfigurationDoneRequest DataBreakpoints EvaluateForHovers ExceptionInfoRequest FunctionBreakpoints HitConditionalBreakpoints LogPoints RestartFrame SetVariable StepInTargetsRequest',
    ),
    supportTerminateDebuggee: true,
    exceptionBreakpointFilters: [
      { filter: 'uncaught', label: 'Uncaught Exceptions' },
      { filter: 'caught', label: 'Caught Exceptions' },
    ],
  },
};

/** The same debugger under its other names. */
const sameAs: Readonly<Record<string, string>> = {
  node: 'pwa-node',
  'pwa-chrome': 'pwa-node',
  chrome: 'pwa-node',
  python: 'debugpy',
  'lldb-vscode': 'lldb-dap',
  ruby: 'rdbg',
};

/**
 * What a debugger that has not been asked yet is expected to answer to `initialize`. Where not even its type is
 * known, it is what all that are known have in common; `capabilities` says later what was wrong with it.
 */
export function expected(type: string | undefined): DebugProtocol.Capabilities {
  return type === undefined ? common : (known[sameAs[type] ?? type] ?? common);
}

const common: DebugProtocol.Capabilities = Object.fromEntries(
  Object.entries(known['pwa-node'] ?? {}).filter(([name, value]) =>
    Object.values(known).every((one) => (one as Record<string, unknown>)[name] === value),
  ),
);

/** Capabilities by their names without "supports" before them. */
function supports(names: string): DebugProtocol.Capabilities {
  return Object.fromEntries(names.split(' ').map((name) => [`supports${name}`, true]));
}
