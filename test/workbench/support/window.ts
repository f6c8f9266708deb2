import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { root } from '../../real/support/f5.ts';

const screenshots = join(root, 'docs', 'screenshots');

/** What a user does in an editor's window, and what they see. Each step waits until its effect is there. */
export class Window {
  readonly page: Page;
  /** The list that asks: commands, files, and questions of extensions. */
  readonly list: List;

  constructor(page: Page) {
    this.page = page;
    this.list = new List(page);
  }

  /** Opens a file by its name. */
  async open(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.list.type(name);
    await this.list.choose(name);
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** Sets a breakpoint in the file that is open. */
  async setBreakpoint(line: number): Promise<void> {
    await this.page.keyboard.press('Control+G');
    await this.list.type(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.position(line);
    await this.page.keyboard.press('F9');
    await this.page.locator('[class*="codicon-debug-breakpoint"]').first().waitFor();
  }

  /** Runs a command by its title. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.list.type(`>${title}`);
    await this.list.choose(title);
  }

  /** Follows a link, or presses a button, of the Run and Debug view of a project without launch configurations. */
  async runAndDebug(text: string): Promise<void> {
    await this.page.keyboard.press('Control+Shift+D');
    await this.page.locator('.welcome-view-content').locator('a', { hasText: text }).first().click();
  }

  /** Selects a launch configuration and starts it. */
  async start(name: string): Promise<void> {
    const row = this.list.row(name);
    // The list does not grow by itself: a window that has just been opened may not have read launch.json yet. And it
    // closes where an editor that is still being opened takes the focus.
    const isShown = async () => {
      if (!(await this.list.widget.isVisible())) await this.page.keyboard.press('Control+P');
      await this.list.type('', 2000);
      await this.list.type(`debug ${name}`, 2000);
      await row.waitFor({ timeout: 1000 });
    };
    for (let attempt = 0; attempt < 30; attempt++) {
      const shown = isShown().then(
        () => true,
        () => false,
      );
      if (await shown) break;
    }
    await row.click();
  }

  /** Resolves when the debuggee stands at a line of the file that is shown. */
  async stoppedAt(line: number): Promise<void> {
    await this.page.locator('.debug-top-stack-frame-line').first().waitFor();
    await this.position(line);
  }

  /** A variable where the debuggee stands, with its value: "item = 'pear'". */
  variable(name: string): Locator {
    return this.page
      .locator('.debug-variables .expression')
      .filter({ has: this.page.locator('.name', { hasText: new RegExp(`^${name}\\b`) }) });
  }

  /** Lets a debuggee that stands go on. */
  async continue(): Promise<void> {
    await this.page.keyboard.press('F5');
    await this.page.locator('.debug-top-stack-frame-line').first().waitFor({ state: 'detached' });
  }

  /** Stops the session that is looked at, and what belongs to it; resolves when none is left in the window. */
  async stop(): Promise<void> {
    await this.page.keyboard.press('Shift+F5');
    await this.ended();
  }

  /** Resolves when no debug session is left in the window. */
  async ended(): Promise<void> {
    await this.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  }

  /** What the debug console has said. */
  console(text: string | RegExp): Locator {
    return this.page.locator('.repl .monaco-list-row', { hasText: text }).last();
  }

  /** The sessions, threads and frames of the view CALL STACK. */
  callStack(text: string | RegExp): Locator {
    return this.page.locator('.debug-call-stack .monaco-list-row', { hasText: text }).first();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** A modal dialog. */
  dialog(text: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box', { hasText: text });
  }

  /** Keeps a picture for the documentation, when SCREENSHOTS is set: otherwise the tests leave the tree as it is. */
  async picture(name: string): Promise<void> {
    if (!process.env.SCREENSHOTS) return;
    await mkdir(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  private async position(line: number): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: new RegExp(`Ln ${line}, Col`) }).waitFor();
  }
}

/** VS Code's quick input. */
export class List {
  readonly page: Page;
  readonly widget: Locator;

  constructor(page: Page) {
    this.page = page;
    this.widget = page.locator('.quick-input-widget');
  }

  /** `timeout` in milliseconds; default: the page's. */
  async type(text: string, timeout?: number): Promise<void> {
    const input = this.widget.locator('.quick-input-box input');
    await input.fill(text, timeout === undefined ? {} : { timeout });
  }

  /** Takes the text that is proposed. */
  async confirm(text: string): Promise<void> {
    const input = '.quick-input-widget .quick-input-box input';
    await this.page.waitForFunction(`document.querySelector('${input}')?.value === ${JSON.stringify(text)}`);
    await this.page.keyboard.press('Enter');
  }

  /** Types a text and takes it; `fault`: what is wrong with it, and shown instead. */
  async enter(text: string, fault?: RegExp): Promise<void> {
    await this.type(text);
    await this.page.keyboard.press('Enter');
    if (fault) await this.widget.locator('.quick-input-message', { hasText: fault }).waitFor();
  }

  /** Resolves when it says this in place of what it asks. */
  async says(text: string): Promise<void> {
    await this.widget.locator(`.quick-input-box input[placeholder*=${JSON.stringify(text)}]`).waitFor();
  }

  async back(): Promise<void> {
    await this.widget.getByRole('button', { name: 'Back' }).click();
  }

  async refresh(): Promise<void> {
    await this.widget.getByRole('button', { name: 'Refresh' }).click();
  }

  row(text: string | RegExp): Locator {
    return this.widget.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  async choose(text: string | RegExp): Promise<void> {
    await this.row(text).click();
  }
}
