import * as vscode from 'vscode';
import { configure } from './configure.ts';
import { namesIn, select } from './configuring/select.ts';
import { type Program, type } from './program.ts';

/** What the adapter is told of this editor. */
const abilities = { __questions: true, __states: true, __startsChildren: true };

/** Launch configurations as the editor meets them before a session. */
class Configurations implements vscode.DebugConfigurationProvider {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  /** For a launch.json that is created: F5 completes it. */
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [{ type, request: 'launch', name: 'A service of the cluster' }];
  }

  /** Asks for what is missing. `undefined`: the user has given up, and nothing starts. */
  async resolveDebugConfiguration(
    given: vscode.WorkspaceFolder | undefined,
    configuration: Partial<vscode.DebugConfiguration>,
  ): Promise<vscode.DebugConfiguration | undefined> {
    // A child session: its parent has the connection, and its configuration is the debugger's own.
    if (configuration.__localprocess !== undefined) return configuration as vscode.DebugConfiguration;
    if (typeof configuration.target === 'string' && configuration.target !== '')
      return { ...(configuration as vscode.DebugConfiguration), ...abilities };
    const folder = given ?? (await askFolder());
    if (folder === undefined) return undefined;
    const others = namesIn(folder);
    const complete = await configure(this.#program, folder, configuration);
    if (complete === undefined) return undefined;
    if (configuration.name === offered && others.length > 0) {
      // What was chosen in the view is not what stands in launch.json, and VS Code would go on with the first that does.
      void select(folder, complete.name);
      return undefined;
    }
    return { ...configuration, ...complete, ...abilities };
  }
}

/** What the Run and Debug view offers beside the configurations of launch.json. */
const offered = 'Configure …';
const offer: vscode.DebugConfigurationProvider = {
  provideDebugConfigurations: () => [{ type, request: 'launch', name: offered }],
};

/** Has launch configurations of ours asked for and completed, and the command that writes one. */
export function provideConfigurations(program: Program): vscode.Disposable {
  const { Initial, Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(type, new Configurations(program), Initial),
    vscode.debug.registerDebugConfigurationProvider(type, offer, Dynamic),
    vscode.commands.registerCommand('localprocess-k8s.configure', async () => {
      const folder = await askFolder();
      const written = folder && (await configure(program, folder));
      if (written) await tell(folder, written.name);
    }),
  );
}

/** The folder that a configuration is for. */
async function askFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const { workspaceFolders: [first, ...others] = [] } = vscode.workspace;
  if (first && others.length > 0)
    return vscode.window.showWorkspaceFolderPick({ placeHolder: 'The folder of the process to debug' });
  if (!first)
    await vscode.window.showErrorMessage(
      'Cannot write a launch configuration: no folder is open. Open the folder of the process to debug.',
      { modal: true },
    );
  return first;
}

/** Says that a configuration was written, and offers to start it. */
async function tell(folder: vscode.WorkspaceFolder, name: string): Promise<void> {
  const start = 'Start …';
  const chosen = await vscode.window.showInformationMessage(`"${name}" is in launch.json.`, start);
  if (chosen === start) await select(folder, name);
}
