import * as vscode from 'vscode';
import { messageOf } from './messageOf.ts';
import type { Program } from './program.ts';
import { restoredWords, type Restored } from './restored.ts';

/** The command that undoes what interrupted sessions left. */
export function registerRestore(program: Program): vscode.Disposable {
  return vscode.commands.registerCommand('localprocess-k8s.restore', () => restore(program));
}

/**
 * Undoes what dead sessions left, or ends `session`, and tells the result in one line. Resolves with whether all was
 * done.
 */
export async function restore(program: Program, session?: string): Promise<boolean> {
  const args = ['restore', ...(session === undefined ? [] : ['--session', session])];
  const location = vscode.ProgressLocation.Window;
  try {
    const restored = await vscode.window.withProgress({ location, title: 'Restoring' }, () =>
      program.ask<Restored>(args),
    );
    const { text, failed } = restoredWords(restored);
    if (failed) void vscode.window.showErrorMessage(text);
    else if (session === undefined) void vscode.window.showInformationMessage(text);
    return !failed;
  } catch (error) {
    void vscode.window.showErrorMessage(`Cannot restore: ${messageOf(error)}`);
    return false;
  }
}
