import type { Locator } from 'playwright-core';
import type { Window } from './window.ts';

/** An item of the status bar with this text. */
export function statusItem({ page }: Window, text: string | RegExp): Locator {
  return page.locator('.statusbar-item', { hasText: text });
}

/** The title of the list that asks. */
export function listTitle({ list }: Window, text: string | RegExp): Locator {
  return list.widget.locator('.quick-input-title', { hasText: text });
}

/** What has been copied. */
export async function copied({ page }: Window): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  // What copies says so once it has done it.
  await page.locator('.statusbar-item', { hasText: /^\s*Copied / }).waitFor();
  return page.evaluate<string>('navigator.clipboard.readText()');
}

/** A line of the editor that is looked at. Long texts are only there around where they are looked at. */
export function editorLine({ page }: Window, text: string | RegExp): Locator {
  // What looks like a blank is another character there.
  const words = text instanceof RegExp ? text.source : text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const pattern = new RegExp(words.replaceAll(' ', '[ \\u00a0]'));
  return page.locator('.editor-instance .view-line', { hasText: pattern }).first();
}

/** Goes to where a text is in the editor that is looked at. */
export async function find({ page }: Window, text: string): Promise<void> {
  await page.keyboard.press('Control+F');
  const widget = page.locator('.find-widget.visible');
  await widget.locator('textarea').first().fill(text);
  await widget.locator('.matchesCount', { hasText: / of / }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
}

/** A button in the title of the editor that is looked at. */
export function titleButton({ page }: Window, label: string): Locator {
  return page.locator(`.editor-actions .action-label[aria-label^="${label}"]`);
}

/** A line of the view beside the call stack. */
export function line({ page }: Window, text: string | RegExp): Locator {
  return page
    .locator('.pane', { has: page.locator('.pane-header[aria-label^="Kubernetes"]') })
    .locator('.monaco-list-row', { hasText: text })
    .first();
}

/** Presses a button of a line of a view: they are there while the mouse is. */
export async function press(row: Locator, label: string): Promise<void> {
  await row.hover();
  await row.locator(`.action-label[aria-label^="${label}"]`).click();
}
