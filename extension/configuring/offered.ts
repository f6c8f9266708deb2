import * as vscode from 'vscode';
import { type as ours } from '../program.ts';

interface Contribution {
  type?: string;
  label?: string;
  configurationAttributes?: Record<string, { properties?: Record<string, { default?: unknown }> }>;
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
export async function chooseOffered(type: string): Promise<vscode.DebugConfiguration | undefined> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Choose in the list what to debug. It is not started, but wrapped.',
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (_, cancelled) => {
    const caught = new Promise<vscode.DebugConfiguration | undefined>((resolve) => {
      const provider = vscode.debug.registerDebugConfigurationProvider('*', {
        resolveDebugConfiguration: (_folder, configuration) => {
          provider.dispose();
          // One of ours cannot be wrapped.
          resolve(configuration.type === ours ? undefined : lean(configuration));
          return undefined;
        },
      });
      cancelled.onCancellationRequested(() => {
        provider.dispose();
        resolve(undefined);
      });
    });
    await vscode.commands.executeCommand('workbench.action.debug.selectandstart', type);
    return caught;
  });
}

/** Without what the extension of its type has added: its own defaults, and what is meant for itself. */
function lean(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
  const debuggers = vscode.extensions.all.flatMap(
    ({ packageJSON }) =>
      (packageJSON as { contributes?: { debuggers?: Contribution[] } }).contributes?.debuggers ?? [],
  );
  const attributes = debuggers.find(({ type }) => type === configuration.type)?.configurationAttributes;
  const properties = attributes?.[configuration.request]?.properties ?? {};
  const kept = Object.entries(configuration as Record<string, unknown>).filter(
    ([name, value]) =>
      !name.startsWith('__') &&
      value !== undefined &&
      (['type', 'request', 'name'].includes(name) ||
        JSON.stringify(value) !== JSON.stringify(properties[name]?.default)),
  );
  return Object.fromEntries(kept) as vscode.DebugConfiguration;
}
