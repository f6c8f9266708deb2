import * as vscode from 'vscode';
import { startChildren } from './children.ts';
import { provideConfigurations } from './configurations.ts';
import { startElsewhere } from './elsewhere.ts';
import { registerPickers } from './configuring/pick.ts';
import { Diagnostics } from './diagnosticsDocument.ts';
import { registerMenu } from './menu.ts';
import { registerNext } from './next.ts';
import { Program, type } from './program.ts';
import { answerQuestions } from './questions.ts';
import { registerRestore } from './restore.ts';
import { Sessions } from './sessions.ts';
import { showStatus } from './status.ts';
import { SessionsView } from './view.ts';
import { registerWrapping } from './wrapping/provider.ts';

/** The extension: each thing that it brings registers itself. */
export function activate(context: vscode.ExtensionContext): void {
  const program = new Program(context);
  const sessions = new Sessions();
  const diagnostics = new Diagnostics(sessions, program);
  context.subscriptions.push(
    sessions,
    vscode.debug.registerDebugAdapterDescriptorFactory(type, {
      createDebugAdapterDescriptor: ({ configuration }) =>
        program.adapter((configuration.debug as { type?: string } | undefined)?.type),
    }),
    // In this order: what is asked for is wrapped as what was written.
    provideConfigurations(program),
    registerWrapping(),
    registerPickers(program),
    startChildren(),
    startElsewhere(vscode.debug),
    answerQuestions(),
    diagnostics,
    showStatus(sessions),
    registerMenu(sessions, diagnostics),
    new SessionsView(sessions),
    registerRestore(program),
    registerNext(program),
  );
}
