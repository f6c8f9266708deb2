import type * as vscode from 'vscode';
import { messageOf } from './messageOf.ts';

/** What is used of `vscode.debug`. */
export type Debugging = Pick<
  typeof vscode.debug,
  | 'startDebugging'
  | 'onDidReceiveDebugSessionCustomEvent'
  | 'onDidStartDebugSession'
  | 'onDidTerminateDebugSession'
>;

/** A child session that was asked for. */
interface Child {
  parent: vscode.DebugSession;
  session: vscode.DebugSession | undefined;
  /** It is to end, also if it has not begun yet. */
  unwanted: boolean;
}

/** Says in a child session's configuration which one was asked for. */
const mark = '__startedFor';

/**
 * Starts the debuggers that the adapter cannot start, as child sessions of its own: it asks by events, and is answered by
 * requests; see adapter/debugger/editors.ts. What stops or restarts the child goes to its parent, which ends the
 * child when it has left the cluster.
 */
export function startElsewhere(debug: Debugging): { dispose(): void } {
  const children = new Map<string, Child>();
  const subscriptions = [
    debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
      const { id, configuration } = (body ?? {}) as { id: string; configuration: vscode.DebugConfiguration };
      if (event === 'localprocess-k8s.startDebugging') void start(session, id, configuration);
      else if (event === 'localprocess-k8s.stopDebugging') stop(children.get(id));
    }),
    debug.onDidStartDebugSession((session) => {
      const child = childOf(session);
      if (!child) return;
      child.session = session;
      if (child.unwanted) end(session);
    }),
    debug.onDidTerminateDebugSession((session) => {
      const child = childOf(session);
      if (child) {
        const id = session.configuration[mark] as string;
        children.delete(id);
        tell(child.parent, 'localprocess-k8s.debuggingEnded', { id });
      }
      // A parent that was killed has asked for nothing.
      for (const one of children.values()) if (one.parent.id === session.id) stop(one);
    }),
  ];

  function childOf({ configuration }: vscode.DebugSession): Child | undefined {
    const id: unknown = configuration[mark];
    return typeof id === 'string' ? children.get(id) : undefined;
  }

  async function start(parent: vscode.DebugSession, id: string, configuration: vscode.DebugConfiguration) {
    children.set(id, { parent, session: undefined, unwanted: false });
    let started = false;
    let message: string | undefined;
    try {
      started = await debug.startDebugging(
        parent.workspaceFolder,
        { ...configuration, [mark]: id },
        {
          parentSession: parent,
          lifecycleManagedByParent: true,
          compact: true,
          noDebug: configuration.noDebug === true,
        },
      );
    } catch (error) {
      message = messageOf(error);
    }
    if (!started) children.delete(id);
    tell(parent, 'localprocess-k8s.debuggingStarted', {
      id,
      started,
      ...(message !== undefined && { message }),
    });
  }

  return { dispose: () => subscriptions.forEach((one) => void one.dispose()) };
}

function stop(child: Child | undefined): void {
  if (!child || child.unwanted) return;
  child.unwanted = true;
  if (child.session) end(child.session);
}

/** VS Code's own way to stop it would stop its parent, which is why we are here. */
function end(session: vscode.DebugSession): void {
  void session.customRequest('disconnect', { terminateDebuggee: true }).then(undefined, () => {
    // It was ending already.
  });
}

/** The adapter may have gone in the meantime: then there is nobody who wants to know. */
function tell(parent: vscode.DebugSession, request: string, body: object): void {
  void parent.customRequest(request, body).then(undefined, () => undefined);
}
