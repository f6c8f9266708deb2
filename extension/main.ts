import * as vscode from 'vscode';
import { startChildren } from './children.ts';
import { provideConfigurations } from './configurations.ts';
import { Program, type } from './program.ts';
import { answerQuestions } from './questions.ts';
import { Sessions } from './sessions.ts';

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
    provideConfigurations(),
    startChildren(),
    answerQuestions(),
  );
}
