import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree, type JSONPath } from 'jsonc-parser';
import * as vscode from 'vscode';
import { isObject } from './wrapping/outer.ts';

export type Attributes = Record<string, unknown>;

/** A folder's launch.json. */
export function launchJsonOf(folder: vscode.WorkspaceFolder): vscode.Uri {
  return vscode.Uri.joinPath(folder.uri, '.vscode', 'launch.json');
}

/** Saves a launch.json that is being edited, so that a program sees what the user sees. */
export async function saveLaunchJson(file: vscode.Uri): Promise<void> {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  if (document?.isDirty === true) await document.save();
}

/** The configuration of a name in a launch.json; `undefined`: it has none. Of two with the same name the first counts, as in the editor. */
export async function readConfiguration(file: vscode.Uri, name: string): Promise<Attributes | undefined> {
  const text = await vscode.workspace.fs.readFile(file).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '', // There is none yet.
  );
  return find(text, name)?.value;
}

/**
 * Writes attributes into the configuration of a name, wherever the editor has it from: the folder's launch.json, the
 * workspace's file, the user's settings. All else stays as it is, in a launch.json to the byte. Resolves with whether there
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

/** The text of a launch.json with attributes written into the configuration of a name; comments stay. */
export function completed(text: string, name: string, attributes: Attributes): string {
  const path = find(text, name)?.path;
  if (path === undefined) return text;
  const indent = /^(\t| +)\S/m.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: indent !== '\t',
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  return Object.entries(attributes).reduce(
    (before, [attribute, value]) =>
      applyEdits(before, modify(before, [...path, attribute], value, { formattingOptions })),
    text,
  );
}

function find(text: string, name: string): { path: JSONPath; value: Attributes } | undefined {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const list = tree && findNodeAtLocation(tree, ['configurations']);
  const values: unknown[] = (list?.children ?? []).map((node) => getNodeValue(node) as unknown);
  const at = values.findIndex((one) => isObject(one) && one.name === name);
  return at === -1 ? undefined : { path: ['configurations', at], value: values[at] as Attributes };
}
