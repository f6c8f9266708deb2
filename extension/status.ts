import * as vscode from 'vscode';
import { targetOf, type Sessions } from './sessions.ts';
import { statusOf } from './statusText.ts';

const colors = { ordinary: undefined, warning: 'warningBackground', error: 'errorBackground' };

/** The status bar's item: what is redirected, how it is, and the traffic; a click opens the menu. */
export function showStatus(sessions: Sessions): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('session', vscode.StatusBarAlignment.Left);
  item.name = 'Local Process with Kubernetes';
  item.command = 'localprocess-k8s.menu';
  const show = () => {
    const status = statusOf(sessions.all.map((running) => ({ ...running, target: targetOf(running) })));
    if (!status) {
      item.hide();
      return;
    }
    item.text = status.text;
    item.tooltip = new vscode.MarkdownString(status.tooltip, true);
    const color = colors[status.level];
    item.backgroundColor = color === undefined ? undefined : new vscode.ThemeColor(`statusBarItem.${color}`);
    item.show();
  };
  show();
  return vscode.Disposable.from(item, sessions.onDidChange(show));
}
