import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Peer } from '../adapter/dap/peer.ts';
import type { DebugConfiguration } from '../adapter/debugger/command.ts';
import { findDebugger } from '../adapter/debugger/presets.ts';
import { startDebugger } from '../adapter/debugger/start.ts';
import { compile, kinds, missing, removeCompiled } from './debugger/kinds.ts';
import { connectClient, initialize, programs, root } from './harness.ts';

beforeAll(compile);
afterAll(removeCompiled);

const configurations: Record<string, DebugConfiguration> = {
  'js-debug': { ...programs.node.debug, request: 'launch' },
  debugpy: { ...programs.python.debug, request: 'launch' },
  delve: { ...programs.go.debug, request: 'launch' },
  ...Object.fromEntries(Object.entries(kinds).map(([name, { debug }]) => [name, debug])),
};

for (const [name, debug] of Object.entries(configurations)) {
  const reason = await missing(debug);
  // Known by its type alone, a debugger that only its configuration names is not started before the launch.
  for (const debuggerType of [undefined, debug.type]) {
    (reason === undefined ? test : test.skip)(
      `${name}, its type ${debuggerType ? '' : 'un'}known: what was offered and what came later is what it can do${reason === undefined ? '' : ` (${reason})`}`,
      async () => {
        const actual = await capabilitiesOf(debug);
        await using session = connectClient(debuggerType ? { debuggerType } : {});
        const { client } = session;
        const told = await client.body('initialize', initialize);
        expect(told.supportsConditionalBreakpoints).toBe(true);
        client.send('launch', { target: 'web', debug });
        await client.waitForEvent('initialized');
        const events = client.events('capabilities').map(({ body }) => body?.capabilities as object);
        expect(events.length).toBeLessThan(2);
        const own = { supportsConfigurationDoneRequest: true, supportsCancelRequest: true };
        expect(something({ ...told, ...events[0] })).toEqual(something({ ...actual, ...own }));
        // Nothing is said that was known.
        for (const [capability, value] of Object.entries(events[0] ?? {}))
          expect(value).not.toEqual(told[capability]);
      },
    );
  }
}

test('java-debug, which is never started from here: what it is known for is offered, and the error says what to do', async () => {
  await using session = connectClient({ debuggerType: 'java' });
  const { client } = session;
  const told = await client.body('initialize', initialize);
  expect(told.exceptionBreakpointFilters).toMatchObject([{ filter: 'uncaught' }, { filter: 'caught' }]);
  const answer = await client.request('launch', { target: 'web', debug: { type: 'java', mainClass: 'A' } });
  expect(answer.body?.error).toMatchObject({ id: 500 });
  expect(answer.message).toContain('"debugAdapter": {"port"');
});

/** What the debugger itself answers to `initialize`. */
async function capabilitiesOf(debug: DebugConfiguration): Promise<Record<string, unknown>> {
  const command = await findDebugger(debug.type, undefined, root, debug);
  const { signal } = new AbortController();
  const started = await startDebugger(command, { signal, environment: { SECRET: '' } });
  try {
    const peer = new Peer(started.input, started.output);
    const response = await peer.request('initialize', { ...initialize, adapterID: debug.type });
    return (response?.body ?? {}) as Record<string, unknown>;
  } finally {
    await started.end();
  }
}

/** Without what says nothing. */
function something(capabilities: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(capabilities).filter(
      ([, value]) => value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
