import * as vscode from 'vscode';
import { type } from './program.ts';
import type { State } from './report.ts';

/** A debug session that stands in for a pod, and the state that it has told last; `undefined`: it is starting. */
export interface Running {
  debug: vscode.DebugSession;
  state: State | undefined;
}

/** What it stands in for. */
export function targetOf({ debug, state }: Running): string {
  return state?.target ?? String(debug.configuration.target ?? debug.name);
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
        // Its adapter may have told its state before it has counted as started.
        this.#running.set(debug.id, { debug, state: this.#running.get(debug.id)?.state });
        this.#tell();
      }),
      vscode.debug.onDidTerminateDebugSession((debug) => this.#forget(debug)),
      // One that fails while it starts ends without that event.
      vscode.debug.registerDebugAdapterTrackerFactory(type, {
        createDebugAdapterTracker: (debug) => ({ onWillStopSession: () => this.#forget(debug) }),
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

  #forget({ id }: vscode.DebugSession): void {
    if (this.#running.delete(id)) this.#tell();
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
