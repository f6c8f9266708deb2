import * as vscode from 'vscode';
import { curlFor, curlForTarget, listenersOf } from './curl.ts';
import type { Diagnostics } from './diagnosticsDocument.ts';
import { messageOf } from './messageOf.ts';
import { plural, traffic } from './numbers.ts';
import { states, type Report } from './report.ts';
import { askReport, resolves } from './reports.ts';
import { targetOf, type Running, type Sessions } from './sessions.ts';
import { addressOf } from './tree.ts';

interface Choice extends vscode.QuickPickItem {
  run(): unknown;
}

/** The menu of a session, and the commands that are about one: each asks which, where several run. */
export function registerMenu(sessions: Sessions, diagnostics: Diagnostics): vscode.Disposable {
  const command = (name: string, run: (running: Running) => unknown) =>
    vscode.commands.registerCommand(`localprocess-k8s.${name}`, async () => {
      const running = await choose(sessions);
      if (running) await run(running);
    });
  return vscode.Disposable.from(
    command('menu', (running) => show(running, diagnostics)),
    command('disconnect', ({ debug }) => vscode.debug.stopDebugging(debug)),
  );
}

/** The session that is meant: the only one, or the one that the user picks. */
export async function choose(sessions: Sessions): Promise<Running | undefined> {
  const { all } = sessions;
  if (all.length < 2) return all[0];
  const items = all.map((running) => ({
    label: targetOf(running),
    description: states[running.state?.state ?? 'starting'],
    detail: running.debug.name,
    running,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Which session?' }))?.running;
}

async function show(running: Running, diagnostics: Diagnostics): Promise<void> {
  const { debug, state } = running;
  // One that only begins knows nothing of services yet.
  const report = await askReport(debug).catch(() => undefined);
  const curl = report && (await curlForTarget(report, resolves));
  const choices: Choice[] = [];
  if (report) {
    const { listeners, variables, log, warnings } = report;
    choices.push(
      {
        label: '$(globe) Show services and their addresses',
        description: plural(listeners.length, 'service'),
        run: () => pickService(report),
      },
      {
        label: '$(symbol-variable) Show variables',
        description: plural(Object.keys(variables).length, 'variable'),
        run: () => diagnostics.show(debug, '## Environment variables'),
      },
      {
        label: '$(output) Open the log',
        description: log.path,
        run: () => openLog(log.path),
      },
    );
    if (warnings.length > 0)
      choices.unshift({
        label: '$(warning) Show warnings',
        description: warnings.at(-1)?.text ?? '',
        run: () => diagnostics.show(debug, '## Warnings'),
      });
    if (curl !== undefined)
      choices.push({ label: '$(terminal) Copy the curl line', description: curl, run: () => copy(curl) });
    if (listeners.length > 0)
      choices.push({
        label: '$(terminal) Copy the curl line of another service…',
        run: () => pickCurl(report),
      });
    choices.push({
      label: '$(info) Show diagnostic information',
      run: () => diagnostics.show(debug),
    });
    choices.push({
      label: '$(vm-connect) Show beside the call stack',
      run: () => vscode.commands.executeCommand('localprocess-k8s.sessions.focus'),
    });
  }
  choices.push({
    label: '$(debug-disconnect) Disconnect',
    description: 'stops debugging, and gives the traffic back',
    run: () => vscode.debug.stopDebugging(debug),
  });
  const title = `${targetOf(running)}: ${states[state?.state ?? 'starting']}`;
  await pick(choices, title);
}

async function pick(choices: readonly Choice[], title: string): Promise<void> {
  const chosen = await vscode.window.showQuickPick(choices, { title, matchOnDescription: true });
  await chosen?.run();
}

function pickService(report: Report): Promise<void> {
  const choices = listenersOf(report).map((listener) => {
    const names = report.names.find(({ address }) => address === listener.address)?.hostnames ?? [];
    return {
      label: `${listener.service}.${listener.namespace}`,
      description: addressOf(listener),
      detail: [traffic(listener.traffic), ...(names.length > 0 ? [names.join(', ')] : [])].join(' · '),
      run: () => copy(addressOf(listener)),
    };
  });
  return pick(choices, 'Services: choosing one copies its address');
}

function pickCurl(report: Report): Promise<void> {
  const choices = listenersOf(report).flatMap((listener) =>
    listener.ports.map((port) => ({
      label: `${listener.service}.${listener.namespace}`,
      description: `port ${port.port}`,
      run: async () => copy((await curlFor({ ...listener, ports: [port] }, report, resolves)) ?? ''),
    })),
  );
  return pick(choices, 'Copy the curl line of which service?');
}

/** Puts a text where it can be pasted from, and says so. */
export async function copy(text: string, named = text): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(`$(check) Copied ${named}`, 3000);
}

/** Opens a session's log. */
export async function openLog(path: string): Promise<void> {
  try {
    await vscode.window.showTextDocument(vscode.Uri.file(path));
  } catch (error) {
    void vscode.window.showErrorMessage(`Cannot open the log "${path}": ${messageOf(error)}`);
  }
}
