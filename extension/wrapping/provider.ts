import * as vscode from 'vscode';
import { messageOf } from '../messageOf.ts';
import { pickProcessCommand } from './commands.ts';
import type { Contribution, Editor, Extension } from './editor.ts';
import { localProcesses } from './processes.ts';
import { beforeVariables, withVariables, type Resolved } from './wrapped.ts';

/**
 * Has wrapped configurations behave as they did alone, in this editor: both halves of it, and the command that asks for a
 * process.
 */
export function registerWrapping(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider('localprocess-k8s', {
      resolveDebugConfiguration: (folder, configuration) =>
        told(() => beforeVariables(configuration, editorFor(folder))),
      resolveDebugConfigurationWithSubstitutedVariables: (folder, configuration) =>
        told(() => withVariables(configuration, editorFor(folder))),
    }),
    vscode.commands.registerCommand(pickProcessCommand, async () => (await pickProcess())?.toString()),
  );
}

/** Shows notes and errors. VS Code opens launch.json for `null`, and stops in silence for `undefined`. */
async function told(
  resolve: () => Promise<Resolved | undefined>,
): Promise<vscode.DebugConfiguration | null | undefined> {
  try {
    const resolved = await resolve();
    for (const note of resolved?.notes ?? []) void vscode.window.showWarningMessage(note);
    return resolved?.configuration as vscode.DebugConfiguration | undefined;
  } catch (error) {
    await vscode.window.showErrorMessage(messageOf(error), {
      modal: true,
    });
    return null;
  }
}

/** VS Code, for a session in this folder, or in the first where none is named. */
function editorFor(given: vscode.WorkspaceFolder | undefined): Editor {
  const folder = given ?? vscode.workspace.workspaceFolders?.[0];
  const { activeTextEditor } = vscode.window;
  return {
    platform: process.platform,
    environment: process.env,
    folder: folder?.uri.fsPath,
    resource: folder?.uri,
    file: activeTextEditor?.document.uri.scheme === 'file' ? activeTextEditor.document.fileName : undefined,
    setting: (name) => vscode.workspace.getConfiguration(undefined, folder).get(name),
    configuration: (name) => {
      const launch = vscode.workspace.getConfiguration('launch', folder);
      return launch.get<vscode.DebugConfiguration[]>('configurations')?.find((one) => one.name === name);
    },
    extension: (id) => {
      const found = vscode.extensions.getExtension(id);
      return found && extensionOf(found);
    },
    debuggerOf,
    pickProcess,
  };
}

function extensionOf(found: vscode.Extension<unknown>): Extension {
  return { id: found.id, path: found.extensionPath, activate: async () => found.activate() };
}

function debuggerOf(type: string): Contribution | undefined {
  for (const found of vscode.extensions.all) {
    const { contributes } = found.packageJSON as {
      contributes?: { debuggers?: { type?: string; variables?: Record<string, string> }[] };
    };
    const debug = contributes?.debuggers?.find((one) => one.type === type);
    if (debug) return { extension: extensionOf(found), variables: debug.variables ?? {} };
  }
  return undefined;
}

async function pickProcess(name?: string): Promise<number | undefined> {
  const all = await localProcesses(process.platform);
  const some = name === undefined ? all : all.filter((one) => one.name === name);
  const [first] = some;
  if (first === undefined) {
    throw new Error(
      name === undefined
        ? 'Cannot attach: there is no process.'
        : `Cannot attach to "${name}": no process of that name runs. Start it, or correct "processId" in "debug".`,
    );
  }
  if (name !== undefined && some.length === 1) return first.pid;
  const items = some.map((one) => ({
    label: one.name,
    description: String(one.pid),
    detail: one.command,
    one,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Attach to a process',
    placeHolder: 'Name, process id or command line',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.one.pid;
}
