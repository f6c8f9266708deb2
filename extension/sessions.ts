import * as vscode from 'vscode';
import { type } from './program.ts';

/** How a session is, as the adapter tells it (`localprocess-k8s.state`). */
export interface State {
  session: string;
  state: 'starting' | 'waiting' | 'joined' | 'reconnecting' | 'lost' | 'leaving';
  target?: string;
  namespace?: string;
  context?: string;
  /** From the pods to the local process. */
  traffic: Traffic;
}

/** Connections at present and ever, bytes from the cluster and to it. */
export interface Traffic {
  open: number;
  total: number;
  received: number;
  sent: number;
}

/** A debug session that stands in for a pod, and the state that it has told last; `undefined`: it is starting. */
export interface Running {
  debug: vscode.DebugSession;
  state: State | undefined;
}

/** The sessions of this window; says so when one comes, changes or goes. */
export class Sessions implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #running = new Map<string, Running>();
  readonly #disposables: { dispose(): unknown }[];

  constructor() {
    this.onDidChange = this.#changed.event;
    this.#disposables = [
      this.#changed,
      vscode.debug.onDidStartDebugSession((debug) => {
        if (!isOurs(debug)) return;
        this.#running.set(debug.id, { debug, state: undefined });
        this.#tell();
      }),
      vscode.debug.onDidTerminateDebugSession((debug) => {
        if (this.#running.delete(debug.id)) this.#tell();
      }),
      vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
        if (event !== 'localprocess-k8s.state' || !isOurs(session)) return;
        this.#running.set(session.id, { debug: session, state: body as State });
        this.#tell();
      }),
    ];
  }

  /** Those that run, the one that is looked at first. */
  get all(): Running[] {
    const { activeDebugSession } = vscode.debug;
    const active = activeDebugSession?.parentSession ?? activeDebugSession;
    return [...this.#running.values()].sort(
      (one, other) => Number(other.debug.id === active?.id) - Number(one.debug.id === active?.id),
    );
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #tell(): void {
    void vscode.commands.executeCommand('setContext', 'localprocess-k8s.running', this.#running.size > 0);
    this.#changed.fire();
  }
}

/** Whether it is the session that has the connection, no child of it. */
function isOurs({ type: own, configuration }: vscode.DebugSession): boolean {
  return own === type && configuration.__localprocess === undefined;
}
