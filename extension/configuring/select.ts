import * as vscode from 'vscode';

/** How long VS Code may take to read a launch.json that was written, in milliseconds. */
const readingPatience = 5000;

/** What the launch configurations of a folder are called, as VS Code knows them at present. */
export function namesIn(folder: vscode.WorkspaceFolder): unknown[] {
  const launch = vscode.workspace.getConfiguration('launch', folder);
  return launch.get<{ name?: unknown }[]>('configurations', []).map(({ name }) => name);
}

/**
 * Shows VS Code's list of launch configurations at this one: Enter selects it for F5, and starts it. Only VS Code itself can
 * select one.
 */
export async function select(folder: vscode.WorkspaceFolder, name: string): Promise<void> {
  await known(folder, name);
  await vscode.commands.executeCommand('workbench.action.quickOpen', `debug ${name}`);
}

/** Resolves when VS Code knows the configuration: its list does not grow by itself. */
async function known(folder: vscode.WorkspaceFolder, name: string): Promise<void> {
  if (namesIn(folder).includes(name)) return;
  await new Promise<void>((resolve) => {
    const listening = vscode.workspace.onDidChangeConfiguration(() => {
      if (namesIn(folder).includes(name)) settle();
    });
    const timer = setTimeout(() => settle(), readingPatience);
    const settle = () => {
      clearTimeout(timer);
      listening.dispose();
      resolve();
    };
  });
}
