import * as vscode from 'vscode';
import { type as ours } from '../program.ts';
import { bare, lean } from './lean.ts';

/** What an extension offers configurations for, with its name, and all types that it debugs. */
export interface Offering {
  type: string;
  label: string;
  types: readonly string[];
}

interface Manifest {
  activationEvents?: string[];
  contributes?: { debuggers?: { type?: string; label?: string }[] };
}

const event = 'onDebugDynamicConfigurations';

/** The extensions that offer configurations for what they find. Source: VS Code 1.100, debugConfigurationManager.ts. */
export function offerings(): Offering[] {
  return vscode.extensions.all.flatMap(({ packageJSON }) => {
    const { activationEvents = [], contributes } = packageJSON as Manifest;
    const debuggers = contributes?.debuggers ?? [];
    const types = debuggers.flatMap(({ type }) => type ?? []);
    const named = activationEvents.flatMap((one) =>
      one.startsWith(`${event}:`) ? one.slice(event.length + 1) : [],
    );
    const offered = named.length > 0 ? named : activationEvents.includes(event) ? types.slice(0, 1) : [];
    return offered
      .filter((type) => type !== ours)
      .map((type) => ({
        type,
        label: debuggers.find((one) => one.type === type && one.label !== undefined)?.label ?? type,
        types,
      }));
  });
}

/**
 * Has the user choose from what the extension of a debug type offers, and resolves with that; `undefined`: with nothing.
 *
 * No extension can ask another for what it offers, but VS Code shows it, and starts what is chosen: that is caught just
 * before. Nobody tells when the user closes VS Code's list, or chooses what its extension starts by itself, as js-debug's
 * terminal: a notification is what ends the waiting then.
 */
export async function chooseOffered(
  folder: vscode.WorkspaceFolder,
  { type, types }: Offering,
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
    using interception = intercept(types);
    await vscode.commands.executeCommand('workbench.action.debug.selectandstart', type);
    return await Promise.race([interception.configuration, cancelled]);
  });
  if (chosen === undefined) return undefined;
  const usual = await usualOf(folder, bare(chosen), types);
  return lean(chosen, usual, folder.uri.fsPath) as vscode.DebugConfiguration;
}

/** What the extension of its type makes of a configuration; `undefined`: nothing that would be started. */
async function usualOf(
  folder: vscode.WorkspaceFolder,
  configuration: object,
  types: readonly string[],
): Promise<vscode.DebugConfiguration | undefined> {
  using interception = intercept(types);
  const started = vscode.debug.startDebugging(folder, configuration as vscode.DebugConfiguration);
  return await Promise.race([interception.configuration, started.then(() => undefined)]);
}

/** Stops the next start of something of these types, and tells what would have been started. */
function intercept(
  types: readonly string[],
): { configuration: Promise<vscode.DebugConfiguration> } & Disposable {
  let provider: vscode.Disposable | undefined;
  const configuration = new Promise<vscode.DebugConfiguration>((resolve) => {
    // For every type, and asked after those of the type itself.
    provider = vscode.debug.registerDebugConfigurationProvider('*', {
      resolveDebugConfiguration: (_folder, given) => {
        if (!types.includes(given.type)) return given;
        provider?.dispose();
        resolve(given);
        return undefined;
      },
    });
  });
  return { configuration, [Symbol.dispose]: () => void provider?.dispose() };
}
