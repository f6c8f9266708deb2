import * as vscode from 'vscode';
import { completed, findNamed, type Attributes } from './launchText.ts';
import { isObject } from '../wrapping/outer.ts';

/** A folder's launch.json. */
export function launchJsonOf(folder: vscode.WorkspaceFolder): vscode.Uri {
  return vscode.Uri.joinPath(folder.uri, '.vscode', 'launch.json');
}

/** Saves a launch.json that is being edited, so that a program sees what the user sees. */
export async function saveLaunchJson(file: vscode.Uri): Promise<void> {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  if (document?.isDirty === true) await document.save();
}

/** The configuration of a name in a launch.json; `undefined`: it has none. */
export async function readConfiguration(file: vscode.Uri, name: string): Promise<Attributes | undefined> {
  const text = await vscode.workspace.fs.readFile(file).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '', // There is none yet.
  );
  return findNamed(text, name)?.value;
}

/**
 * Writes attributes into the configuration of a name, wherever the editor has it from: the folder's launch.json, the
 * workspace's file, the user's settings. All else stays, in a launch.json with its comments. Resolves with whether there
 * is one.
 */
export async function completeConfiguration(
  folder: vscode.WorkspaceFolder,
  name: string,
  attributes: Attributes,
): Promise<boolean> {
  const file = launchJsonOf(folder);
  if ((await readConfiguration(file, name)) !== undefined) {
    const document = await vscode.workspace.openTextDocument(file);
    const edit = new vscode.WorkspaceEdit();
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    edit.replace(file, whole, completed(document.getText(), name, attributes));
    return (await vscode.workspace.applyEdit(edit)) && (await document.save());
  }
  const launch = vscode.workspace.getConfiguration('launch', folder);
  const { workspaceValue, globalValue } = launch.inspect<unknown[]>('configurations') ?? {};
  for (const [list, target] of [
    [workspaceValue, vscode.ConfigurationTarget.Workspace],
    [globalValue, vscode.ConfigurationTarget.Global],
  ] as const) {
    if (!list?.some((one) => isObject(one) && one.name === name)) continue;
    const anew = list.map((one) => (isObject(one) && one.name === name ? { ...one, ...attributes } : one));
    await launch.update('configurations', anew, target);
    return true;
  }
  return false;
}
