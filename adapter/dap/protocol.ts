import type { DebugProtocol } from '@vscode/debugprotocol';

/** The messages that are read as more than bytes, by a name for their kind. */
export interface Protocol {
  request: DebugProtocol.Request;
  response: DebugProtocol.Response;
  event: DebugProtocol.Event;
  initialize: DebugProtocol.InitializeRequest;
  launch: DebugProtocol.LaunchRequest;
  disconnect: Partial<DebugProtocol.DisconnectRequest>;
  terminate: Partial<DebugProtocol.TerminateRequest>;
  cancel: DebugProtocol.CancelRequest;
  restart: DebugProtocol.RestartRequest;
  runInTerminal: DebugProtocol.RunInTerminalRequest;
  startDebugging: DebugProtocol.StartDebuggingRequest;
  breakpoint: DebugProtocol.BreakpointEvent;
  process: DebugProtocol.ProcessEvent;
  stopped: DebugProtocol.StoppedEvent;
  terminated: Partial<DebugProtocol.TerminatedEvent>;
}
