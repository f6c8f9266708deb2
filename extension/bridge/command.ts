import * as vscode from 'vscode';
import { messageOf } from '../messageOf.ts';
import { convert, type Conversion } from './convert.ts';
import { rootOf } from './jsonc.ts';
import type { Clusters } from './target.ts';
import { isBridge, tasksOf } from './tasks.ts';

/** Runs our program with these words and `--json`, and resolves with what it answers. Rejects with its own words. */
export type CommandLine = (words: readonly string[]) => Promise<unknown>;

/** The command that converts what Bridge to Kubernetes has set up in the folders that are open. */
export const convertCommand = 'localprocess-k8s.convertBridge';

/** Registers `convertCommand`. */
export function registerBridge(commandLine: CommandLine): vscode.Disposable {
  return vscode.commands.registerCommand(convertCommand, async () => {
    const folders = await foldersWithBridge();
    if (folders.length === 0) {
      void vscode.window.showInformationMessage(
        'Nothing to convert: no task of Bridge to Kubernetes is in ".vscode/tasks.json" of a folder that is open.',
      );
    }
    for (const folder of folders) {
      try {
        await convertIn(folder, clustersBy(commandLine));
      } catch (error) {
        void vscode.window.showErrorMessage(messageOf(error));
      }
    }
  });
}

/**
 * Offers `convertCommand` where a folder has tasks of Bridge to Kubernetes, until the user has answered: `memory` keeps
 * that, such as an extension's `workspaceState`.
 */
export async function offerBridge(memory: vscode.Memento): Promise<void> {
  const key = 'bridge.answered';
  if (memory.get(key) === true || (await foldersWithBridge()).length === 0) return;
  const yes = 'Convert';
  const answer = await vscode.window.showInformationMessage(
    'This workspace has debug configurations for Bridge to Kubernetes. Convert them to Local Process with Kubernetes?',
    yes,
    'Not Now',
  );
  if (answer === undefined) return;
  await memory.update(key, true);
  if (answer === yes) await vscode.commands.executeCommand(convertCommand);
}

interface Documents {
  folder: vscode.WorkspaceFolder;
  launch: vscode.TextDocument;
  tasks: vscode.TextDocument;
}

async function foldersWithBridge(): Promise<Documents[]> {
  const found: Documents[] = [];
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const open = (name: string) =>
      vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder.uri, '.vscode', name)).then(
        (document) => document,
        () => undefined, // There is no such file.
      );
    const [launch, tasks] = await Promise.all([open('launch.json'), open('tasks.json')]);
    if (launch && tasks && hasBridge(tasks.getText())) found.push({ folder, launch, tasks });
  }
  return found;
}

/** One that cannot be read counts where it speaks of it: converting says then what is wrong. */
function hasBridge(text: string): boolean {
  try {
    return tasksOf(rootOf(text, 'tasks.json')).some(isBridge);
  } catch {
    return text.includes('bridge-to-kubernetes');
  }
}

/** The files are changed in editors, to be looked at, and undone if need be. */
async function convertIn({ folder, launch, tasks }: Documents, clusters: Clusters): Promise<void> {
  const conversion = await convert({ launch: launch.getText(), tasks: tasks.getText() }, clusters);
  const edit = new vscode.WorkspaceEdit();
  for (const [document, text] of [
    [tasks, conversion.files.tasks],
    [launch, conversion.files.launch],
  ] as const) {
    if (text === document.getText()) continue;
    const { range } = document.lineAt(document.lineCount - 1);
    edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), range.end), text);
    await vscode.window.showTextDocument(document, { preview: false });
  }
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showInformationMessage(summaryOf(folder.name, conversion), {
    modal: true,
    detail: conversion.notes.join('\n\n'),
  });
}

function summaryOf(folder: string, { converted }: Conversion): string {
  const names = converted.map((name) => `"${name}"`).join(', ');
  return converted.length === 0
    ? `Nothing was converted in "${folder}".`
    : `Converted in "${folder}": ${names}. Look at "launch.json" and "tasks.json"; undoing gives back what they were.`;
}

/** What our own program knows. Where it cannot tell, the notes of the conversion say what is taken for granted. */
function clustersBy(commandLine: CommandLine): Clusters {
  const ask = (words: string[]) => commandLine(words).catch(() => undefined);
  return {
    contextOf: async (cluster) => {
      const answer = (await ask(['list', 'contexts'])) as
        { contexts?: { name: string; cluster?: string }[] } | undefined;
      const contexts = answer?.contexts ?? [];
      const found =
        contexts.find((one) => one.cluster === cluster) ?? contexts.find(({ name }) => name === cluster);
      return found?.name;
    },
    containerPorts: async ({ target, namespace, context }) => {
      const words = [
        ...['list', 'targets'],
        ...(namespace === undefined ? [] : ['--namespace', namespace]),
        ...(context === undefined ? [] : ['--context', context]),
      ];
      const answer = (await ask(words)) as
        { targets?: { target: string; ports?: { containerPort: number | null }[] }[] } | undefined;
      const ports = answer?.targets?.find((one) => one.target === target)?.ports;
      return ports && [...new Set(ports.flatMap(({ containerPort }) => containerPort ?? []))];
    },
  };
}
