import * as vscode from 'vscode';
import { type as ours } from '../program.ts';
import { bare, lean } from './lean.ts';

interface Contribution {
  type?: string;
  label?: string;
}

const event = 'onDebugDynamicConfigurations';

/** The debug types whose extensions offer configurations for what they find, with their names. Source: VS Code 1.100, debugConfigurationManager.ts. */
export function offeringTypes(): { type: string; label: string }[] {
  const types = new Map<string, string>();
  for (const { packageJSON } of vscode.extensions.all) {
    const { activationEvents = [], contributes } = packageJSON as {
      activationEvents?: string[];
      contributes?: { debuggers?: Contribution[] };
    };
    const debuggers = contributes?.debuggers ?? [];
    const named = activationEvents.flatMap((one) =>
      one.startsWith(`${event}:`) ? one.slice(event.length + 1) : [],
    );
    const first = activationEvents.includes(event) ? debuggers[0]?.type : undefined;
    for (const type of named.length > 0 ? named : first === undefined ? [] : [first]) {
      const label = debuggers.find((one) => one.type === type && one.label !== undefined)?.label;
      if (type !== ours) types.set(type, label ?? type);
    }
  }
  return [...types].map(([type, label]) => ({ type, label }));
}

/**
 * Has the user choose from what the extension of a debug type offers, and resolves with that; `undefined`: with nothing.
 *
 * No extension can ask another for what it offers, but VS Code shows it, and starts what is chosen: that is caught just
 * before. Since nobody tells when the user closes VS Code's list, a notification is what ends the waiting then.
 */
export async function chooseOffered(
  folder: vscode.WorkspaceFolder,
  type: string,
): Promise<vscode.DebugConfiguration | undefined> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Choose in the list what to debug. It is not started, but wrapped.',
    cancellable: true,
  };
  const chosen = await vscode.window.withProgress(options, async (_, token) => {
    const cancelled = new Promise<undefined>((resolve) => {
      token.onCancellationRequested(() => resolve(undefined));
    });
    using interception = intercept();
    await vscode.commands.executeCommand('workbench.action.debug.selectandstart', type);
    return await Promise.race([interception.configuration, cancelled]);
  });
  // One of ours cannot be wrapped.
  if (chosen === undefined || chosen.type === ours) return undefined;
  return lean(chosen, await usualOf(folder, bare(chosen)), folder.uri.fsPath) as vscode.DebugConfiguration;
}

/** What the extension of its type makes of a configuration; `undefined`: nothing that would be started. */
async function usualOf(
  folder: vscode.WorkspaceFolder,
  configuration: object,
): Promise<vscode.DebugConfiguration | undefined> {
  using interception = intercept();
  const started = vscode.debug.startDebugging(folder, configuration as vscode.DebugConfiguration);
  return await Promise.race([interception.configuration, started.then(() => undefined)]);
}

/** Stops the next start of whatever, and tells what would have been started. */
function intercept(): { configuration: Promise<vscode.DebugConfiguration> } & Disposable {
  let provider: vscode.Disposable | undefined;
  const configuration = new Promise<vscode.DebugConfiguration>((resolve) => {
    // For every type, and asked after those of the type itself.
    provider = vscode.debug.registerDebugConfigurationProvider('*', {
      resolveDebugConfiguration: (_folder, given) => {
        provider?.dispose();
        resolve(given);
        return undefined;
      },
    });
  });
  return { configuration, [Symbol.dispose]: () => void provider?.dispose() };
}
