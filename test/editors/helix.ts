import type { DebugProtocol } from '@vscode/debugprotocol';
import { topFrame, variablesOf } from './common.ts';
import type { Editor, Run } from './run.ts';

// Helix: helix-editor/helix, helix-dap/src/client.rs (`initialize`, numbers from 0, `call`: 20 s for every request,
// `kill_on_drop`), helix-view/src/handlers/dap.rs (what it does on events: after `terminated` it disconnects and drops
// the client), helix-term/src/commands/dap.rs (`dap_terminate` without regard to capabilities; `dap_start_impl`: the working
// folder is put into the launch arguments), helix-core/src/syntax.rs (`DebugArgumentValue`: arguments cannot nest, up to
// 25.07). Requests without arguments have `null` for them.

export const helix: Editor = {
  name: 'Helix',
  initialize: {
    clientID: 'hx',
    clientName: 'helix',
    locale: 'en-us',
    linesStartAt1: true,
    columnsStartAt1: true,
    pathFormat: 'path',
    supportsVariableType: true,
    supportsVariablePaging: false,
    supportsRunInTerminalRequest: true,
    supportsMemoryReferences: false,
    supportsProgressReporting: false,
    supportsInvalidatedEvent: false,
  },
  firstSeq: 0,
  patience: { any: 20_000 },
  adds: { cwd: process.cwd() },
  writes: (value) => JSON.stringify(value),
  // helix-dap/src/types.rs of 25.01: nothing is read any more after any other.
  knownEvents:
    'initialized stopped continued exited terminated thread output breakpoint module loadedSource process capabilities memory'.split(
      ' ',
    ),

  async configure({ client }, { file, line }) {
    await client.body('setBreakpoints', {
      source: { path: file },
      breakpoints: [{ line }],
      sourceModified: false,
    });
    await client.body('configurationDone', null);
  },

  async look(run, { threadId, allThreadsStopped }) {
    const of = allThreadsStopped === true ? await threads(run) : [threadId];
    const frames = await Promise.all(
      of.map(async (id) => [id, await topFrame(run, { threadId: id })] as const),
    );
    const frame = frames.find(([id]) => id === threadId)?.[1];
    return variablesOf(run, frame?.id ?? 0, { all: true });
  },

  async afterTerminated(run) {
    // `handle_debugger_message` of 25.01: it begins again whatever `restart` is, if it is there.
    const restart = run.client.events('terminated').some(({ body }) => (body?.restart ?? null) !== null);
    if (restart) throw new Error('Helix would begin the session again.');
    await run.client.body('disconnect', { restart });
    run.signal('SIGKILL');
  },

  async stop(run) {
    await run.client.body('terminate', { restart: false });
    await run.client.waitForEvent('terminated');
    await this.afterTerminated(run);
  },
};

async function threads({ client }: Run): Promise<number[]> {
  const body = (await client.body('threads', null)) as DebugProtocol.ThreadsResponse['body'];
  return body.threads.map(({ id }) => id);
}
