import { afterAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DapClient } from './dap/client.ts';
import { connectClient, FakeLaunch, fixture, root, variables } from './harness.ts';

const path = process.env.PATH;
process.env.PATH = `${join(root, '.tools')}:${path ?? ''}`;
afterAll(() => {
  process.env.PATH = path;
});

const debugs = {
  node: {
    type: 'pwa-node',
    request: 'launch',
    program: fixture('server.js'),
    cwd: root,
    line: 4,
    file: fixture('server.js'),
  },
  python: {
    type: 'debugpy',
    request: 'launch',
    program: fixture('server.py'),
    console: 'internalConsole',
    python: join(root, '.venv/bin/python'),
    line: 5,
    file: fixture('server.py'),
  },
  go: { type: 'go', request: 'launch', program: fixture('go'), line: 13, file: fixture('go/main.go') },
};

const initialize = {
  adapterID: 'localprocess-k8s',
  pathFormat: 'path',
  linesStartAt1: true,
  columnsStartAt1: true,
};

async function breakAndLook(client: DapClient, file: string, line: number) {
  await client.waitForEvent('initialized');
  const set = await client.body('setBreakpoints', { source: { path: file }, breakpoints: [{ line }] });
  await client.body('configurationDone');
  const stopped = await client.waitForEvent('stopped');
  const { threadId, hitBreakpointIds } = stopped.body as DebugProtocol.StoppedEvent['body'];
  const { stackFrames } = (await client.body('stackTrace', {
    threadId,
  })) as DebugProtocol.StackTraceResponse['body'];
  const frame = stackFrames[0];
  if (!frame) throw new Error('no frame');
  const { scopes } = (await client.body('scopes', {
    frameId: frame.id,
  })) as DebugProtocol.ScopesResponse['body'];
  const variablesOf = [];
  for (const scope of scopes.filter(({ expensive }) => !expensive)) {
    const { variables: some } = (await client.body('variables', {
      variablesReference: scope.variablesReference,
    })) as DebugProtocol.VariablesResponse['body'];
    variablesOf.push(...some);
  }
  const { result } = await client.body('evaluate', {
    expression: 'total + 1',
    frameId: frame.id,
    context: 'watch',
  });
  return { set, line: frame.line, hitBreakpointIds, variables: variablesOf, result, threadId };
}

for (const kind of ['node', 'python', 'go'] as const) {
  for (const debuggerType of [undefined, debugs[kind].type]) {
    test(`${kind}: a breakpoint is hit, variables are exact, and the end is clean (debugger ${debuggerType ?? 'not'} known)`, async () => {
      const fake = new FakeLaunch();
      const { line, file, ...debug } = debugs[kind];
      await using connected = connectClient(fake, debuggerType ? { debuggerType } : {});
      const { client } = connected;
      const capabilities = await client.body('initialize', initialize);
      expect(capabilities.supportsConfigurationDoneRequest).toBe(true);
      if (debuggerType) expect(capabilities.supportsConditionalBreakpoints).toBe(true);
      else expect(capabilities.supportsConditionalBreakpoints).toBeUndefined();
      const launched = client.request('launch', { target: 'web', debug });
      const seen = await breakAndLook(client, file, line);
      expect(seen.line).toBe(line);
      expect(seen.result).toBe('43');
      expect(seen.variables.find(({ name }) => name === 'total')?.value).toBe('42');
      expect((await launched).success).toBe(true);
      await client.body('continue', { threadId: seen.threadId });
      await client.waitForEvent('terminated');
      expect(client.output()).toContain('total 42');
      expect(client.output()).toContain(
        kind === 'go' ? 'first\\nsecond \\"third\\" $HOME é' : JSON.stringify(variables.SECRET).slice(1, 20),
      );
      await client.body('disconnect', {});
      await client.closed;
      await connected.session.done;
      expect(fake.left).toEqual([{ inFlight: false }]);
      expect(client.events('terminated')).toHaveLength(1);
      expect(client.events('initialized')).toHaveLength(1);
    });
  }
}
