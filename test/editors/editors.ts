import { delimiter, join } from 'node:path';
import { takesChildSessions } from '../../adapter/dap/tolerated.ts';
import { programs, root } from '../harness.ts';
import { dape } from './dape.ts';
import { helix } from './helix.ts';
import { neovim } from './neovim.ts';
import { Run, type Access, type Editor } from './run.ts';
import { visualStudio } from './visualStudio.ts';
import { vscode } from './vscode.ts';
import { zed } from './zed.ts';

export type Kind = keyof typeof programs;

/** The editors whose conversations are replayed. */
export const editors: readonly Editor[] = [vscode, visualStudio, neovim, dape, helix, zed];

/** Each editor with each debugger, for `test.each`. */
export const cases = editors.flatMap((editor) =>
  (Object.keys(programs) as Kind[]).map((kind) => ({ editor, name: editor.name, kind })),
);

/** What a user writes. */
export const configurationOf = (kind: Kind) => ({ target: 'web', debug: programs[kind].debug });

/**
 * An editor's session up to the breakpoint: the session, that which is debugged in it (js-debug debugs in a child, and
 * in the session itself for an editor that knows none), what was seen there, and the processes that there are.
 */
export async function atBreakpoint(editor: Editor, access: Access, kind: Kind) {
  const args = editor.namesDebugger ? [programs[kind].debug.type] : [];
  const PATH = [join(root, '.tools'), process.env.PATH].join(delimiter);
  const run = Run.start(editor, { args, ...access, env: { PATH, ...access.env } });
  try {
    await run.begin(configurationOf(kind));
    const inChild = kind === 'node' && takesChildSessions({ ...editor.initialize, adapterID: '' });
    if (inChild) {
      await run.client.waitForEvent('initialized');
      await editor.configure(run, programs[kind]);
    }
    const debugged = inChild ? await run.child() : run;
    const stopped = await debugged.stopAt(programs[kind]);
    const family = await run.family();
    return { run, debugged, family, ...stopped, [Symbol.asyncDispose]: () => run[Symbol.asyncDispose]() };
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}
