import * as vscode from 'vscode';
import { type } from './program.ts';

/** What the adapter is told of this editor. */
const abilities = { __questions: true, __states: true, __startsChildren: true };

/** Launch configurations as the editor meets them before a session. */
export class Configurations implements vscode.DebugConfigurationProvider {
  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    // A child session: its parent has the connection, and its configuration is the debugger's own.
    if (configuration.__localprocess !== undefined) return configuration;
    return { ...configuration, ...abilities };
  }
}

/** Has every launch configuration of ours go through `Configurations`. */
export function provideConfigurations(): vscode.Disposable {
  return vscode.debug.registerDebugConfigurationProvider(type, new Configurations());
}
