import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { chromium, type Browser, type Page } from 'playwright-core';
import { root } from '../../real/support/f5.ts';

/** The program that serves it; scripts/real-workbench.sh names it. */
const program = process.env.WORKBENCH ?? '';
if (program === '') throw new Error('Run this as "npm run test:workbench": it sets WORKBENCH.');

const extension = join(root, 'dist', 'localprocess-k8s.vsix');
const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
];
/** How long anything may take until it is seen, in milliseconds. */
const patience = 60_000;

/** Without what would lead out of this machine, or lie before what is looked at. */
const quiet = {
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  'json.schemaDownload.enable': false,
  'remote.autoForwardPorts': false,
  'git.enabled': false,
  'editor.minimap.enabled': false,
};

export interface WorkbenchOptions {
  /** What is open: a folder. */
  folder: string;
  /** The user's settings, beyond the ordinary ones. */
  settings?: Record<string, unknown>;
  /** Environment of the editor, beyond this process's. */
  env?: NodeJS.ProcessEnv;
}

/** A real VS Code with the extension, and a browser that shows it. */
export class Workbench implements AsyncDisposable {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #state: string;

  private constructor(state: string, browser: Browser, page: Page) {
    this.#state = state;
    this.#browser = browser;
    this.page = page;
  }

  /** Takes about 6 s. */
  static async start(options: WorkbenchOptions): Promise<Workbench> {
    const state = await mkdtemp(join(tmpdir(), 'workbench-'));
    const user = join(state, 'user', 'User');
    await mkdir(user, { recursive: true });
    await writeFile(join(user, 'settings.json'), JSON.stringify({ ...quiet, ...options.settings }));
    const run = (...args: string[]) =>
      execa(program, args, { env: environment(state, options.env), extendEnv: false, stdin: 'ignore' });
    await run('install', extension);
    const { stdout: url } = await run('up', options.folder, String(await getPort()));
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: chromiumArguments,
      env: environment(state),
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(patience);
    const workbench = new Workbench(state, browser, page);
    await page.goto(url);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    return workbench;
  }

  /** Loads the window anew, as the command "Developer: Reload Window" does. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator('.monaco-workbench .statusbar-item').first().waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await execa(program, ['down'], { env: environment(this.#state), extendEnv: false });
    await rm(this.#state, { recursive: true, force: true, maxRetries: 10 });
  }
}

/**
 * The editor is no process of a test, as the ones that it starts are: it has not the mark by which those are found.
 * See test/real/support/processes.ts.
 */
function environment(state: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LOCALPROCESS_TEST: undefined,
    PATH: `${join(root, '.tools')}:${process.env.PATH ?? ''}`,
    WORKBENCH_STATE: state,
    CODE_SERVER_CONFIG: join(state, 'config.yaml'),
    // No gallery: nothing is looked for outside of this machine.
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    ...more,
  };
}
