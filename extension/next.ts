import * as vscode from 'vscode';
import { chooseAnother, type Wrong } from './another.ts';
import { placeOf } from './launchFile.ts';
import { openLog } from './menu.ts';
import { messageOf } from './messageOf.ts';
import { type Program, type } from './program.ts';
import { restore } from './restore.ts';

/** What the button of an error gives: what is to be done, and what that needs. */
interface Next {
  code: string;
  attribute?: string;
  /** The log of the session that failed. */
  log?: string;
  /** The debug session that failed. */
  debugSession?: string;
  step: 'setting' | 'cluster' | 'target' | 'stop' | 'again' | 'log' | 'file' | 'role' | 'restore';
  file?: string;
  line?: number;
  column?: number;
  role?: string;
  session?: string;
}

/** A document that is its own URI's query: one without a file would have to be saved before the next session starts. */
const roleScheme = 'localprocess-k8s-role';
/** How many debug sessions are remembered: an error that is shown may wait for its button. */
const most = 20;

/** The command behind the buttons of errors (`localprocess-k8s.next`): it does the next thing. */
export function registerNext(program: Program): vscode.Disposable {
  const begun = new Map<string, vscode.DebugSession>();
  return vscode.Disposable.from(
    // One that fails is told of nowhere else.
    vscode.debug.registerDebugAdapterTrackerFactory(type, {
      createDebugAdapterTracker: (session) => {
        begun.set(session.id, session);
        for (const id of [...begun.keys()].slice(0, -most)) begun.delete(id);
        return undefined;
      },
    }),
    vscode.workspace.registerTextDocumentContentProvider(roleScheme, {
      provideTextDocumentContent: ({ query }) => `${query}\n`,
    }),
    vscode.commands.registerCommand('localprocess-k8s.next', async (next: Next) => {
      await go(next, begun.get(next.debugSession ?? ''), program);
    }),
  );
}

async function go(next: Next, failed: vscode.DebugSession | undefined, program: Program): Promise<void> {
  const { step, code, attribute, log = '', file = '', line = 1, column = 1, role = '', session } = next;
  switch (step) {
    case 'setting':
      return openSetting(failed, attribute);
    case 'target':
      return another(failed, code === 'namespace-missing' ? 'namespace' : 'target', program);
    case 'cluster':
      return another(failed, 'context', program);
    case 'stop':
      return again(failed, { portConflict: 'stop' });
    case 'again':
      return again(failed);
    case 'log':
      return openLog(log);
    case 'file': {
      const at = new vscode.Position(line - 1, column - 1);
      await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(at, at) });
      return;
    }
    case 'role':
      await vscode.window.showTextDocument(
        vscode.Uri.from({ scheme: roleScheme, path: '/Role.yaml', query: role }),
      );
      return;
    case 'restore':
      if (await restore(program, session)) await again(failed);
  }
}

/** Has another target chosen, and starts the session with it. */
async function another(
  failed: vscode.DebugSession | undefined,
  wrong: Wrong,
  program: Program,
): Promise<void> {
  try {
    const changes = failed && (await chooseAnother(program, failed, wrong));
    if (changes) await again(failed, changes);
  } catch (error) {
    void vscode.window.showErrorMessage(messageOf(error));
  }
}

/** Starts the session that failed once more. */
async function again(failed: vscode.DebugSession | undefined, changes: object = {}): Promise<void> {
  if (!failed) return;
  const { workspaceFolder, configuration } = failed;
  const noDebug = configuration.noDebug === true;
  await vscode.debug.startDebugging(workspaceFolder, { ...configuration, ...changes }, { noDebug });
}

/** Opens the file that has the configuration, at the attribute. */
async function openSetting(failed: vscode.DebugSession | undefined, attribute?: string): Promise<void> {
  const folder = failed?.workspaceFolder ?? vscode.workspace.workspaceFolders?.[0];
  const { workspaceFile } = vscode.workspace;
  const candidates = [
    ...(folder
      ? [{ file: vscode.Uri.joinPath(folder.uri, '.vscode', 'launch.json'), at: ['configurations'] }]
      : []),
    ...(workspaceFile ? [{ file: workspaceFile, at: ['launch', 'configurations'] }] : []),
  ];
  for (const { file, at } of candidates) {
    const document = await Promise.resolve(vscode.workspace.openTextDocument(file)).catch(() => undefined);
    const place =
      document && placeOf(document.getText(), { at, name: failed?.configuration.name ?? '', attribute });
    if (!place) continue;
    const [start, end] = [place.offset, place.offset + place.length].map((each) => document.positionAt(each));
    const selection = start && end && new vscode.Range(start, end);
    await vscode.window.showTextDocument(document, selection ? { selection } : {});
    return;
  }
  // It stands in the user's settings, or nowhere: a program has made it.
  await vscode.commands.executeCommand('workbench.action.debug.configure');
}
