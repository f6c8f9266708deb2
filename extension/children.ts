import * as vscode from 'vscode';
import { type } from './program.ts';

interface Child {
  request: 'launch' | 'attach';
  configuration: { name?: string; __localprocess: { type: string }; [attribute: string]: unknown };
}

/**
 * Starts the child sessions that a session's debugger asks for (`localprocess-k8s.startChild`), as the debuggers' own
 * extensions do and DAP has no words for: one console, and stopping a child stops its parent.
 */
export function startChildren(): vscode.Disposable {
  return vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
    if (event === 'localprocess-k8s.startChild' && session.type === type) void start(session, body as Child);
  });
}

async function start(parent: vscode.DebugSession, { request, configuration }: Child): Promise<void> {
  const { name = '', __localprocess: marker } = configuration;
  // js-debug's first session debugs nothing itself: its only child stands for it in the call stack.
  const compact =
    parent.configuration.__localprocess === undefined && /^(?:pwa-)?(?:node|chrome)$/.test(marker.type);
  const named = [...(compact ? [parent.name] : []), name].filter(Boolean).join(': ') || parent.name;
  await vscode.debug.startDebugging(
    parent.workspaceFolder,
    { ...configuration, type, request, name: named, __startsChildren: true },
    {
      parentSession: parent,
      lifecycleManagedByParent: true,
      consoleMode: vscode.DebugConsoleMode.MergeWithParent,
      compact,
      ...(parent.configuration.noDebug === true && { noDebug: true }),
    },
  );
}
