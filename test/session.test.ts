import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { variables } from './fakeLaunch.ts';
import { connectClient, initialize, programs, root, runToBreakpoint } from './harness.ts';

// Debuggers that are known by their type alone are found on PATH.
const path = process.env.PATH ?? '';
beforeAll(() => {
  process.env.PATH = [join(root, '.tools'), join(root, '.venv', 'bin'), path].join(delimiter);
});
afterAll(() => {
  process.env.PATH = path;
});

const secretLength = String(variables.SECRET).length;
/** The length in each language's characters, and a check that the new line is where it was. */
const exact = {
  node: [`secret.length`, String(secretLength), 'secret.indexOf("\\n")'],
  python: ['len(secret)', String(secretLength), 'secret.index("\\n")'],
  // Go counts bytes, and é has two.
  go: ['len(secret)', String(secretLength + 1), undefined],
} as const;

for (const kind of ['node', 'python', 'go'] as const) {
  const { debug, file, line } = programs[kind];
  for (const debuggerType of [undefined, debug.type]) {
    test(`${kind}: a breakpoint, exact variables, a clean end; debugger ${debuggerType ? '' : 'un'}known at initialize`, async () => {
      await using session = connectClient(debuggerType ? { debuggerType } : {});
      const { client, fake } = session;
      const capabilities = await client.body('initialize', initialize);
      expect(capabilities.supportsConfigurationDoneRequest).toBe(true);
      expect(capabilities.supportsEvaluateForHovers).toBe(debuggerType ? true : undefined);

      const launched = client.request('launch', { target: 'web', debug });
      const there = await runToBreakpoint(client, { file, line });
      expect(there.frame.line).toBe(line);
      expect(there.stopped.reason).toBe('breakpoint');
      expect(there.variables.find(({ name }) => name === 'total')?.value).toBe('42');
      expect(await there.evaluate('total + 1')).toBe('43');
      const [expression, length, newLine] = exact[kind];
      expect(await there.evaluate(expression)).toBe(length);
      if (newLine) expect(await there.evaluate(newLine)).toBe('5');
      expect((await launched).success).toBe(true);

      await client.body('continue', { threadId: there.threadId });
      await client.waitForEvent('terminated');
      expect(client.output()).toContain('second');
      expect(client.output()).toContain('total 42');
      await client.body('disconnect', {});
      await session.session.done;
      expect(fake.left).toEqual([{ inFlight: false, alone: false }]);
      // The debugger, and the debuggee where its id is said: js-debug's is found in its debugger's group.
      expect(fake.processes).toHaveLength(kind === 'node' ? 1 : 2);
      expect(client.events('terminated')).toHaveLength(1);
      expect(client.events('initialized')).toHaveLength(1);
      // What was not offered with `initialize` comes as an event, once.
      expect(client.events('capabilities')).toHaveLength(debuggerType ? 0 : 1);
    });
  }
}
