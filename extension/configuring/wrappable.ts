import * as vscode from 'vscode';
import { choose, type Choice } from '../asking/asking.ts';
import { type Outcome } from '../asking/steps.ts';
import { chooseOffered, offerings, type Offering } from './offered.ts';
import { elsewhere } from './folders.ts';
import { separator } from './lists.ts';
import { type Program, type as ours } from '../program.ts';

/** A launch configuration of the user's own, for their own debugger. */
export type Wrapped = vscode.DebugConfiguration;

/** Debugging that takes place in the editor itself, or in its terminal: no debug adapter does it. */
const editorsOwn = new Set(['node-terminal', 'extensionHost', 'pwa-extensionHost']);

interface Starter {
  title: string;
  debug: Omit<Wrapped, 'name'>;
}

type Choosable = { configuration: Wrapped } | { offering: Offering };

/**
 * Asks what to debug in the place of the pod: a configuration of a launch.json, one for what there is in the folder, or
 * one that another extension offers.
 */
export async function askWrapped(
  program: Program,
  {
    folder,
    target,
    ...question
  }: { folder: vscode.WorkspaceFolder; target: string; title: string; canGoBack: boolean },
): Promise<Outcome<Wrapped>> {
  for (;;) {
    const chosen = await choose<Choosable>({
      ...question,
      placeholder: 'What to debug in its place',
      loading: 'Looking for launch configurations …',
      load: async (signal) => {
        const sections: [string, Choice<Choosable>[]][] = [
          ['in launch.json', written(folder)],
          ['for what is in this folder', await starters(program, { folder, target, signal })],
          ['from extensions', offerings().map((offering) => offerRow(offering))],
        ];
        return sections.flatMap(([label, rows]) => (rows.length > 0 ? [separator(label), ...rows] : []));
      },
    });
    if (typeof chosen !== 'object') return chosen;
    if ('configuration' in chosen) return chosen.configuration;
    const offered = await chooseOffered(folder, chosen.offering);
    // Who wants none of them, or one that cannot be had, is asked again.
    if (offered === undefined) continue;
    const { name, type } = offered;
    if (isWrappable(offered)) return offered;
    await vscode.window.showWarningMessage(
      `Cannot wrap "${name}": "${type}" debugs in the editor itself, without a debug adapter.`,
      { modal: true },
    );
  }
}

/** The launch configurations of all folders, and of the workspace. */
function written(folder: vscode.WorkspaceFolder): Choice<Choosable>[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const own = [folder, ...folders.filter(({ uri }) => uri.toString() !== folder.uri.toString())];
  const rows = new Map<string, Choice<Choosable>>();
  for (const one of own) {
    const launch = vscode.workspace.getConfiguration('launch', one.uri);
    for (const configuration of launch.get<unknown[]>('configurations', [])) {
      if (!isWrappable(configuration)) continue;
      const value = one === folder ? configuration : (elsewhere(configuration, one.name) as Wrapped);
      const { name, type, request } = configuration;
      const key = JSON.stringify(configuration);
      if (!rows.has(key))
        rows.set(key, {
          label: name,
          description: [`${type}, ${request}`, ...(one === folder ? [] : [one.name])].join(' · '),
          value: { configuration: value },
        });
    }
  }
  return [...rows.values()];
}

function isWrappable(configuration: unknown): configuration is Wrapped {
  const { name, type, request } = (configuration ?? {}) as Partial<Record<string, unknown>>;
  return (
    typeof name === 'string' &&
    typeof type === 'string' &&
    type !== ours &&
    !editorsOwn.has(type) &&
    (request === 'launch' || request === 'attach')
  );
}

/** What the program thinks could be debugged, by the files that are there. */
async function starters(
  program: Program,
  { folder, target, signal }: { folder: vscode.WorkspaceFolder; target: string; signal: AbortSignal },
): Promise<Choice<Choosable>[]> {
  const args = ['list', 'configurations', '--folder', folder.uri.fsPath, '--target', target];
  const { configurations } = await program.ask<{ configurations: Starter[] }>(args, signal);
  return configurations.map(({ title, debug }) => ({
    label: title,
    description: `${debug.type}, ${debug.request}`,
    value: { configuration: { name: title, ...debug } as Wrapped },
  }));
}

function offerRow(offering: Offering): Choice<Choosable> {
  return { label: `${offering.label} …`, description: offering.type, value: { offering } };
}
