import * as vscode from 'vscode';
import { startChildren } from './children.ts';
import { provideConfigurations } from './configurations.ts';
import { startElsewhere } from './elsewhere.ts';
import { registerPickers } from './configuring/pick.ts';
import { Program, type } from './program.ts';
import { answerQuestions } from './questions.ts';
import { Sessions } from './sessions.ts';
import { registerWrapping } from './wrapping/provider.ts';

/** The extension: each thing that it brings registers itself. */
export function activate(context: vscode.ExtensionContext): void {
  const program = new Program(context);
  const sessions = new Sessions();
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
  );
}
