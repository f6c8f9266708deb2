import * as vscode from 'vscode';
import { describe, describeAll, type Listing } from './document.ts';
import { choose } from './menu.ts';
import { messageOf } from './messageOf.ts';
import type { Program } from './program.ts';
import { askReport } from './reports.ts';
import { targetOf, type Sessions } from './sessions.ts';

const scheme = 'localprocess-k8s';
const shownKey = 'localprocess-k8s.secretsShown';

/**
 * What sessions know of themselves, as documents that cannot be edited: one for each debug session (its id is the URI's
 * query), and one for all sessions of this machine.
 */
export class Diagnostics implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #sessions: Sessions;
  readonly #program: Program;
  /** The documents whose secrets were asked for. */
  readonly #shown = new Set<string>();
  readonly #disposables: vscode.Disposable;

  constructor(sessions: Sessions, program: Program) {
    this.#sessions = sessions;
    this.#program = program;
    this.onDidChange = this.#changed.event;
    const button = (name: string, run: (document: vscode.Uri) => void) =>
      vscode.commands.registerCommand(`localprocess-k8s.${name}`, (document?: vscode.Uri) => {
        const meant = document ?? vscode.window.activeTextEditor?.document.uri;
        if (meant?.scheme === scheme) run(meant);
      });
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === scheme) this.#showSecrets(uri, false);
      }),
      vscode.commands.registerCommand('localprocess-k8s.showDiagnostics', async () => {
        if (sessions.all.length === 0) await this.showAll();
        else await choose(sessions).then((running) => running && this.show(running.debug));
      }),
      button('showSecrets', (document) => this.#showSecrets(document, true)),
      button('hideSecrets', (document) => this.#showSecrets(document, false)),
      button('refreshDiagnostics', (document) => this.#changed.fire(document)),
      // What was shown of a session goes with it.
      vscode.debug.onDidTerminateDebugSession((debug) => {
        const document = this.#documentOf(debug);
        if (document) this.#showSecrets(document, false);
      }),
    );
  }

  /** Opens the document of a session. `heading`: what to show of it first. */
  async show(debug: vscode.DebugSession, heading?: string): Promise<void> {
    const running = this.#sessions.all.find((one) => one.debug.id === debug.id);
    const name = (running ? targetOf(running) : debug.name).replaceAll(/[/\\]/g, ' ');
    await this.#open(vscode.Uri.from({ scheme, path: `/${name}.md`, query: debug.id }), heading);
  }

  /** Opens the document of all sessions of this machine. */
  async showAll(): Promise<void> {
    await this.#open(vscode.Uri.from({ scheme, path: '/Sessions.md' }));
  }

  async provideTextDocumentContent(uri: vscode.Uri, cancelled: vscode.CancellationToken): Promise<string> {
    const secrets = this.#shown.has(uri.toString());
    if (uri.query === '') return this.#everything(secrets, cancelled);
    const running = this.#sessions.all.find(({ debug }) => debug.id === uri.query);
    if (!running) return 'The session has ended.';
    try {
      return describe(await askReport(running.debug, secrets), { secrets });
    } catch (error) {
      return messageOf(error);
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #everything(showSecrets: boolean, cancelled: vscode.CancellationToken): Promise<string> {
    const abort = new AbortController();
    const listener = cancelled.onCancellationRequested(() => abort.abort());
    const args = ['status', '--diagnostics', ...(showSecrets ? ['--show-secrets'] : [])];
    try {
      const location = vscode.ProgressLocation.Window;
      const asking = () => this.#program.ask<Listing>(args, abort.signal);
      const listing = await vscode.window.withProgress({ location, title: 'Looking for sessions' }, asking);
      return describeAll(listing, { secrets: showSecrets });
    } catch (error) {
      return `Cannot list the sessions: ${messageOf(error)}`;
    } finally {
      listener.dispose();
    }
  }

  async #open(uri: vscode.Uri, heading?: string): Promise<void> {
    const known = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString(),
    );
    const document = await vscode.workspace.openTextDocument(uri);
    // It may show what was.
    if (known) this.#changed.fire(uri);
    const editor = await vscode.window.showTextDocument(document, { preview: false });
    if (heading === undefined) return;
    const at = document.positionAt(Math.max(document.getText().indexOf(heading), 0));
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.AtTop);
  }

  #showSecrets(document: vscode.Uri, show: boolean): void {
    const name = document.toString();
    if (show) this.#shown.add(name);
    else this.#shown.delete(name);
    // Which of its two buttons a document has.
    void vscode.commands.executeCommand('setContext', shownKey, [...this.#shown]);
    this.#changed.fire(document);
  }

  #documentOf(debug: vscode.DebugSession): vscode.Uri | undefined {
    return vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === scheme && uri.query === debug.id)
      ?.uri;
  }
}
