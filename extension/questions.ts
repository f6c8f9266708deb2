import * as vscode from 'vscode';
import { type } from './program.ts';

interface Question {
  id: string;
  text: string;
  choices: string[];
}

/** Shows what a session's adapter asks (`localprocess-k8s.question`), and answers it (`localprocess-k8s.answer`). */
export function answerQuestions(): vscode.Disposable {
  return vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
    if (event === 'localprocess-k8s.question' && session.type === type) void ask(session, body as Question);
  });
}

async function ask(session: vscode.DebugSession, { id, text, choices }: Question): Promise<void> {
  // The last choice is the one that changes nothing: it is what closing the dialog means.
  const last = choices.at(-1) ?? '';
  const items = choices.map((title) => ({ title, isCloseAffordance: title === last }));
  const chosen = await vscode.window.showWarningMessage(text, { modal: true }, ...items);
  try {
    await session.customRequest('localprocess-k8s.answer', { id, choice: chosen?.title ?? last });
  } catch {
    // The session has ended meanwhile, and with it the question.
  }
}
