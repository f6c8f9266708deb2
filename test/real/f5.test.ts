import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder } from '../../adapter/machine/folders.ts';
import { breakpointLine, ChildSession, F5, services, type ShopService } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, kubectl, Namespace, snapshot } from './support/harness.ts';

let shop: Namespace;
let inside: InsidePod;

beforeAll(async () => {
  shop = await Namespace.create('f5');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

/** What samples/shop/manifests put into API_KEY. */
const secret = 'first line\n"second" = \'line\' of a key';
const secretName = /API_KEY|first line/;

interface Case {
  name: string;
  service: ShopService;
  client?: Partial<DebugProtocol.InitializeRequestArguments>;
  args?: string[];
  configuration?: Record<string, unknown>;
  terminal?: boolean;
}

const cases: Case[] = [
  { name: 'Node.js, children folded into the session', service: services.node },
  {
    name: 'Node.js, children by startDebugging',
    service: services.node,
    client: { supportsStartDebuggingRequest: true },
    args: ['--debugger', 'pwa-node'],
  },
  { name: 'Python', service: services.python },
  {
    name: 'Python in a terminal',
    service: { ...services.python, debug: { ...services.python.debug, console: 'integratedTerminal' } },
    client: { supportsRunInTerminalRequest: true },
    terminal: true,
  },
  { name: 'Go', service: services.go, args: ['--debugger', 'go'] },
];

test.each(cases)(
  '$name: a request made in the cluster stops on the breakpoint',
  async ({ service, client, args, terminal }) => {
    const before = await snapshot(shop);
    {
      await using f5 = await F5.start({
        kubeconfig,
        namespace: shop.name,
        service,
        ...(client === undefined ? {} : { client }),
        ...(args === undefined ? {} : { args }),
      });
      const children: ChildSession[] = [];
      const firstChild = new Promise<ChildSession>((resolve) => {
        f5.client.onRequest('startDebugging', (request) => {
          const asked = request.arguments as unknown as DebugProtocol.StartDebuggingRequestArguments;
          expect(JSON.stringify(asked)).not.toMatch(secretName);
          const child = new ChildSession(asked);
          children.push(child);
          resolve(child);
        });
      });
      const terminals: DebugProtocol.RunInTerminalRequestArguments[] = [];
      f5.client.onRequest('runInTerminal', (request) => {
        const asked = request.arguments as unknown as DebugProtocol.RunInTerminalRequestArguments;
        terminals.push(asked);
        const [command = '', ...rest] = asked.args;
        const child = spawn(command, rest, {
          cwd: asked.cwd,
          stdio: 'ignore',
          env: { ...process.env, ...(asked.env as NodeJS.ProcessEnv | undefined) },
        });
        return { processId: child.pid };
      });

      const line = breakpointLine(service.file);
      await f5.configure(service.file, [line]);
      expect(await f5.launched).toMatchObject({ success: true });
      const debugged =
        client?.supportsStartDebuggingRequest === true
          ? await (await firstChild).debug(service.file, line)
          : f5.client;
      await f5.joined();
      await shop.originalsGone(service.target);

      const asked = inside.request(service.url);
      const stopped = await debugged.waitForEvent('stopped', ({ body }) => body?.reason === 'breakpoint');
      const threadId = Number(stopped.body?.threadId);
      const { stackFrames } = (await debugged.body('stackTrace', {
        threadId,
      })) as unknown as DebugProtocol.StackTraceResponse['body'];
      expect(stackFrames[0]).toMatchObject({ line, source: { path: service.file } });
      const frameId = stackFrames[0]?.id;
      const { scopes } = (await debugged.body('scopes', {
        frameId,
      })) as unknown as DebugProtocol.ScopesResponse['body'];
      const { variables } = (await debugged.body('variables', {
        variablesReference: scopes[0]?.variablesReference,
      })) as unknown as DebugProtocol.VariablesResponse['body'];
      expect(variables.length).toBeGreaterThan(0);
      expect(await secretOf(debugged, service, frameId)).toBe(secret);
      expect(await written(f5)).not.toMatch(secretName);
      expect(await written(f5)).not.toContain(await credential());

      await debugged.body('continue', { threadId });
      const answer = await asked;
      expect(answer.status).toBe(200);
      const body = JSON.parse(answer.body) as { answeredBy: string; visits: number; audit?: number };
      expect(body.answeredBy).toBe('local');
      expect(body.visits).toBeGreaterThan(0);
      // The pod's own localhost: its other container answers the local process, too.
      if (service.target === services.python.target) expect(body.audit).toBeGreaterThan(0);

      if (terminal === true) {
        expect(terminals).toHaveLength(1);
        expect(JSON.stringify(terminals)).not.toMatch(secretName);
      }
      await f5.stop();
      for (const child of children) await child[Symbol.asyncDispose]();
    }
    await expectUnchanged(before, shop);
  },
);

/** Everything a session keeps on disk: its log and its journal. */
async function written(f5: F5): Promise<string> {
  const log = f5.logPath();
  const session = /([0-9a-f]{8})\.log$/.exec(log)?.[1] ?? '';
  const files = [log, join(stateFolder(), 'sessions', `${session}.json`)];
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

/** The token this machine logs in to the cluster with. */
async function credential(): Promise<string> {
  return kubectl(['config', 'view', '--raw', '-o', 'jsonpath={.users[0].user.token}']);
}

/** The secret as the debuggee sees it, in hexadecimal where the debugger would print it in its own way. */
async function secretOf(
  client: F5['client'],
  service: ShopService,
  frameId: number | undefined,
): Promise<string> {
  const expressions: Record<string, string> = {
    'pwa-node': "Buffer.from(process.env.API_KEY).toString('hex')",
    debugpy: "os.environ['API_KEY'].encode().hex()",
    go: 'apiKey',
  };
  const expression = expressions[service.debug.type];
  const { result } = await client.body('evaluate', { expression, frameId, context: 'repl' });
  const text = String(result);
  return service.debug.type === 'go'
    ? (JSON.parse(text) as string)
    : Buffer.from(text.slice(1, -1), 'hex').toString();
}
