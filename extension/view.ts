import * as vscode from 'vscode';
import { curlFor } from './curl.ts';
import { copy } from './menu.ts';
import { messageOf } from './messageOf.ts';
import type { Report } from './report.ts';
import { askReport, resolves } from './reports.ts';
import { targetOf, type Running, type Sessions } from './sessions.ts';
import { linesOf, type Line } from './tree.ts';

/** What is known of a session for the view. */
interface Seen {
  report?: Report;
  /** Values that the user asked for. */
  shown: Map<string, string>;
}

/** The view beside the call stack: it follows the sessions while it is visible. */
export class SessionsView implements vscode.TreeDataProvider<Line>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<void>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #sessions: Sessions;
  readonly #seen = new Map<string, Seen>();
  readonly #view: vscode.TreeView<Line>;
  readonly #disposables: vscode.Disposable;
  #lines: Line[] = [];
  #refreshing: 'no' | 'once' | 'again' = 'no';

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    this.onDidChangeTreeData = this.#changed.event;
    this.#view = vscode.window.createTreeView('localprocess-k8s.sessions', { treeDataProvider: this });
    const command = (name: string, run: (line: Line, running: Running) => unknown) =>
      vscode.commands.registerCommand(`localprocess-k8s.${name}`, async (line?: Line) => {
        const running = sessions.all.find(({ debug }) => debug.id === line?.debug);
        if (line && running) await run(line, running);
      });
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      this.#view,
      this.#view.onDidChangeVisibility(() => this.#refresh()),
      // The adapter says so once a second at most.
      sessions.onDidChange(() => this.#refresh()),
      command('copyLine', ({ copies = '' }) => copy(copies)),
      command('copyCurl', (line, { debug }) => this.#copyCurl(line, debug)),
      command('copyValue', async ({ label }, { debug }) => {
        await copy((await askReport(debug, true)).variables[label] ?? '', `the value of ${label}`);
      }),
      command('showValue', ({ label }, { debug }) => this.#showValue(label, debug)),
      command('hideValue', ({ label }, { debug }) => {
        this.#seen.get(debug.id)?.shown.delete(label);
        this.#refresh();
      }),
      command('revealFolder', ({ path = '' }) =>
        vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path)),
      ),
    );
    this.#refresh();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  getTreeItem(line: Line): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(line.label, line.children ? (line.open ? Expanded : Collapsed) : None);
    item.id = line.id;
    item.iconPath = new vscode.ThemeIcon(line.icon);
    item.contextValue = line.kind;
    if (line.description !== undefined) item.description = line.description;
    if (line.tooltip !== undefined) item.tooltip = line.tooltip;
    if (line.copies !== undefined)
      item.command = { title: 'Copy', command: 'localprocess-k8s.copyLine', arguments: [line] };
    else if (line.path !== undefined && !line.children) {
      item.resourceUri = vscode.Uri.file(line.path);
      item.command = { title: 'Open', command: 'vscode.open', arguments: [item.resourceUri] };
    }
    return item;
  }

  async getChildren(line?: Line): Promise<Line[]> {
    if (!line) return this.#lines;
    return line.kind === 'folder' ? filesOf(line) : (line.children ?? []);
  }

  /** Asks all sessions, one time after the other, and shows what has changed. */
  #refresh(): void {
    if (this.#refreshing !== 'no') this.#refreshing = 'again';
    else if (this.#view.visible) {
      this.#refreshing = 'once';
      void this.#ask().then(() => {
        const again = this.#refreshing === 'again';
        this.#refreshing = 'no';
        if (again) this.#refresh();
      });
    }
  }

  async #ask(): Promise<void> {
    const { all } = this.#sessions;
    for (const id of this.#seen.keys()) if (!all.some(({ debug }) => debug.id === id)) this.#seen.delete(id);
    const lines = await Promise.all(all.map((running) => this.#lineOf(running)));
    if (JSON.stringify(lines) === JSON.stringify(this.#lines)) return;
    this.#lines = lines;
    this.#changed.fire();
  }

  async #lineOf(running: Running): Promise<Line> {
    const { debug, state } = running;
    const seen = this.#seen.get(debug.id) ?? { shown: new Map<string, string>() };
    this.#seen.set(debug.id, seen);
    // One that only begins, or is about to end, does not answer: what it has told is shown.
    const report = await askReport(debug).catch(() => undefined);
    if (report) seen.report = report;
    return linesOf({
      debug: debug.id,
      target: targetOf(running),
      state,
      report: seen.report,
      shown: seen.shown,
    });
  }

  async #copyCurl({ id }: Line, debug: vscode.DebugSession): Promise<void> {
    const report = await askReport(debug);
    const listener = report.listeners.find(
      ({ namespace, service }) => id === `${debug.id}/service/${namespace}/${service}`,
    );
    const curl = listener && (await curlFor(listener, report, resolves));
    if (curl !== undefined) await copy(curl);
  }

  async #showValue(name: string, debug: vscode.DebugSession): Promise<void> {
    const value = (await askReport(debug, true)).variables[name];
    if (value === undefined || value === null) return;
    this.#seen.get(debug.id)?.shown.set(name, value);
    this.#refresh();
  }
}

/** What is in a folder of a volume; files open with a click. */
async function filesOf({ id, debug, path = '' }: Line): Promise<Line[]> {
  const folder = vscode.Uri.file(path);
  try {
    const entries = await vscode.workspace.fs.readDirectory(folder);
    return (
      entries
        // The cluster's own bookkeeping: names that begin with two dots.
        .filter(([name]) => !name.startsWith('..'))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, type]) => {
          const isFolder = (type & vscode.FileType.Directory) !== 0;
          const child = {
            id: `${id}/${name}`,
            debug,
            label: name,
            path: vscode.Uri.joinPath(folder, name).fsPath,
          };
          return isFolder
            ? { ...child, kind: 'folder', icon: 'folder', children: [] }
            : { ...child, kind: 'file', icon: 'file' };
        })
    );
  } catch (error) {
    return [{ id: `${id}/`, debug, kind: 'file', label: messageOf(error), icon: 'error' }];
  }
}
