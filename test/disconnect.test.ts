import { expect, test } from '@jest/globals';
import { connectClient, fixture, initialize } from './harness.ts';
import { expectOneAnswerEach } from './dap/answers.ts';
import { gone, isAlive } from './processes.ts';

/** Every combination of what `disconnect` may say, nothing included. */
const said = [undefined, false, true];
const combinations = said.flatMap((restart) =>
  said.flatMap((terminateDebuggee) =>
    said.map((suspendDebuggee) => ({ restart, terminateDebuggee, suspendDebuggee })),
  ),
);

async function launched(request: 'launch' | 'attach', capabilities: object) {
  const session = connectClient();
  const { client } = session;
  await client.body('initialize', initialize);
  await client.body('launch', {
    target: 'web',
    debug: { type: 'scripted', request },
    debugAdapter: {
      command: process.execPath,
      args: [fixture('scripted.mjs'), 'none', '', JSON.stringify(capabilities)],
    },
  });
  await client.waitForEvent('initialized');
  await client.body('configurationDone');
  return session;
}

for (const supported of [true, false]) {
  test.each(combinations)(
    `disconnect %j, ${supported ? '' : 'not '}supported by the debugger: as it was said, answered once, undone`,
    async (args) => {
      await using session = await launched('launch', {
        supportTerminateDebuggee: supported,
        supportSuspendDebuggee: supported,
      });
      const { client, fake } = session;
      const [debugAdapter = 0, debuggee = 0] = fake.processes;
      await client.body('disconnect', args);
      await session.session.done;
      const got = client.events('got').map(({ body }) => body);
      expect(got.at(-1)).toEqual({
        command: 'disconnect',
        arguments: JSON.parse(JSON.stringify(args)) as object,
      });
      // What may go on, goes on; everything else has ended.
      const alone = args.terminateDebuggee === false;
      expect(fake).toMatchObject(
        args.restart === true ? { kept: 1, left: [] } : { kept: 0, left: [{ alone }] },
      );
      await gone(debugAdapter);
      if (alone) {
        expect(isAlive(debuggee)).toBe(true);
        process.kill(debuggee, 'SIGKILL');
      }
      await gone(debuggee);
      expectOneAnswerEach(client);
    },
  );
}

test.each(said)(
  'attached, disconnect with "terminateDebuggee" %p: nothing was started',
  async (terminateDebuggee) => {
    await using session = await launched('attach', { supportTerminateDebuggee: true });
    const { client, fake } = session;
    expect(client.events('got')[0]?.body).toMatchObject({ command: 'attach' });
    await client.body('disconnect', { terminateDebuggee });
    await session.session.done;
    expect(fake.left).toHaveLength(1);
    expect(fake.processes).toHaveLength(1);
    await Promise.all(fake.processes.map(gone));
    expectOneAnswerEach(client);
  },
);

test.each([true, false])('terminate twice, then disconnect; terminate supported: %p', async (supported) => {
  await using session = await launched('launch', { supportsTerminateRequest: supported });
  const { client, fake } = session;
  const twice = [client.body('terminate', { restart: false }), client.body('terminate', { restart: false })];
  await Promise.all(twice);
  await client.waitForEvent('terminated');
  await client.body('disconnect', { restart: false });
  await session.session.done;
  expect(client.events('terminated')).toHaveLength(1);
  expect(fake.left).toEqual([{ inFlight: true, alone: false }]);
  await Promise.all(fake.processes.map(gone));
  expectOneAnswerEach(client);
});
