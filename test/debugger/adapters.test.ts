import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { variables } from '../fakeLaunch.ts';
import { connectClient, initialize, runToBreakpoint } from '../harness.ts';
import { compile, kinds, missing, removeCompiled } from './kinds.ts';

beforeAll(compile);
afterAll(removeCompiled);

for (const [name, { debug, ...program }] of Object.entries(kinds)) {
  const reason = await missing(debug);
  (reason === undefined ? test : test.skip)(
    `${name}: a breakpoint, the cluster’s variables, the end${reason === undefined ? '' : ` (${reason})`}`,
    async () => {
      await using session = connectClient();
      const { client, fake } = session;
      await client.body('initialize', initialize);
      const launched = client.send('launch', { target: 'web', debug });
      const there = await runToBreakpoint(client, program);
      expect(there.frame.line).toBe(program.line);
      expect(there.variables.find((one) => one.name === program.total)?.value).toBe('42');
      const { SECRET } = variables;
      expect(await there.evaluate(program.length)).toBe(String(Buffer.byteLength(SECRET ?? '')));
      expect((await launched.answer).success).toBe(true);

      await client.body('continue', { threadId: there.threadId });
      await client.waitForEvent('terminated');
      expect(client.output()).toContain('total 42');
      expect((await client.waitForEvent('exited')).body?.exitCode).toBe(3);
      await client.body('disconnect', {});
      await session.session.done;
      expect(fake.left).toHaveLength(1);
      expect(client.events('terminated')).toHaveLength(1);
    },
  );
}
