import * as vscode from 'vscode';
import { messageOf } from '../messageOf.ts';
import { inRows } from './rows.ts';
import { back, type Outcome } from './steps.ts';

/** A row of a list. One without a value only says something. */
export interface Choice<T> extends vscode.QuickPickItem {
  value?: T;
}

export interface Question {
  title: string;
  placeholder: string;
  /** Whether there is a question before. */
  canGoBack: boolean;
}

export interface ListQuestion<T> extends Question {
  /** What is done until the list is there, as a sentence: "Asking the cluster for its namespaces …". */
  loading: string;
  load: (signal: AbortSignal) => Promise<Choice<T>[]>;
}

/** From when on it is said that a list takes long, in milliseconds. */
const slow = 3000;
const refresh: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('refresh'), tooltip: 'Refresh' };

/**
 * Asks with a list that is loaded while the user looks at it, and anew when they want it. Where that fails, the list says
 * why, and whichever row is chosen tries again.
 */
export function choose<T>({ load, loading, ...question }: ListQuestion<T>): Promise<Outcome<T>> {
  const list = vscode.window.createQuickPick<Choice<T>>();
  Object.assign(list, { title: question.title, matchOnDescription: true, matchOnDetail: true });
  // Whoever has to log in to the cluster first does that elsewhere.
  list.ignoreFocusOut = true;
  list.buttons = question.canGoBack ? [vscode.QuickInputButtons.Back, refresh] : [refresh];
  let current = new AbortController();

  const fill = async () => {
    current.abort();
    const { signal } = (current = new AbortController());
    const seen = list.activeItems[0]?.label;
    list.busy = true;
    list.items = [];
    list.placeholder = loading;
    const timer = setTimeout(() => (list.placeholder = `${loading} There is no answer yet.`), slow);
    try {
      const choices = await load(signal);
      if (signal.aborted) return;
      list.items = choices.some(({ value }) => value !== undefined)
        ? choices
        : [...choices, { label: '$(refresh) Try again', alwaysShow: true }];
      list.activeItems = list.items.filter(({ label }) => label === seen);
      list.placeholder = question.placeholder;
    } catch (error) {
      if (signal.aborted) return;
      list.items = failure(messageOf(error));
      list.placeholder = 'Choose a row to try again.';
    } finally {
      clearTimeout(timer);
      if (!signal.aborted) list.busy = false;
    }
  };
  const chosen = () => {
    const [item] = list.selectedItems;
    const informs = item?.value === undefined && list.items.some(({ value }) => value !== undefined);
    if (item && !informs && item.value === undefined) void fill();
    return item?.value;
  };
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<T>) => {
      current.abort();
      resolve(outcome);
      list.dispose();
    };
    list.onDidAccept(() => {
      const value = chosen();
      if (value !== undefined) settle(value);
    });
    list.onDidTriggerButton((button) => {
      if (button === refresh) void fill();
      else settle(back);
    });
    list.onDidHide(() => settle(undefined));
    list.show();
    void fill();
  });
}

/** What went wrong, in as many rows as it takes: one does not wrap. */
function failure(message: string): Choice<never>[] {
  const rows = inRows(`${message.replace(/\.$/, '')} – try again`);
  return rows.map((label, at) => ({ label: at === 0 ? `$(error) ${label}` : label, alwaysShow: true }));
}

export interface TextQuestion extends Question {
  value: string;
  prompt: string;
  /** What is wrong with a text; `undefined`: nothing. */
  fault: (text: string) => string | undefined;
}

/** Asks for a text. */
export function typeIn({ fault, canGoBack, ...question }: TextQuestion): Promise<Outcome<string>> {
  const input = vscode.window.createInputBox();
  Object.assign(input, question, { ignoreFocusOut: true });
  input.buttons = canGoBack ? [vscode.QuickInputButtons.Back] : [];
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<string>) => {
      resolve(outcome);
      input.dispose();
    };
    input.onDidChangeValue((text) => (input.validationMessage = fault(text)));
    input.onDidAccept(() => {
      if (fault(input.value) === undefined) settle(input.value);
    });
    input.onDidTriggerButton(() => settle(back));
    input.onDidHide(() => settle(undefined));
    input.show();
  });
}
