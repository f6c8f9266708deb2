import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { F5, root, services, type F5Options } from './support/f5.ts';
import { expectUnchanged, kubeconfig, Namespace, snapshot, type Snapshot } from './support/harness.ts';
import { closedPort, listeningAdapter, temporaryFolder } from './support/listening.ts';
import { expectRefused, type Expected } from './support/refusal.ts';

let shop: Namespace;
let before: Snapshot;

beforeAll(async () => {
  shop = await Namespace.create('debuggers');
  before = await snapshot(shop);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

type Case = Expected & { name: string; configuration?: Record<string, unknown> } & Partial<F5Options>;

const { debug } = services.node;

const cases: Case[] = [
  // 8. The debugger: looked for before anything is touched.
  {
    name: 'a debugger that nobody knows',
    configuration: { debug: { type: 'pwa-nod', request: 'launch' } },
    code: 'debugger-not-installed',
    says: ['"pwa-nod"', 'did you mean "pwa-node"?', '"debugAdapter"'],
    at: undefined,
  },
  {
    name: 'delve is not installed',
    configuration: { debug: services.go.debug },
    env: { PATH: '', HOME: '/nonexistent' },
    code: 'debugger-not-installed',
    says: ['delve', 'no "dlv" on PATH', 'go install github.com/go-delve/delve/cmd/dlv@latest'],
    at: undefined,
  },
  {
    name: 'there is no Python at all',
    configuration: { debug: { type: 'debugpy', request: 'launch', program: '/app/server.py', cwd: '/' } },
    env: { PATH: '' },
    prefix: ['/usr/bin/env', '-C', '/'],
    code: 'debugger-not-installed',
    says: ['debugpy', 'no "python3" or "python" on PATH', 'pip install debugpy'],
    at: undefined,
  },
  {
    name: 'Python has no debugpy',
    configuration: { debug: { ...services.python.debug, python: ['/usr/bin/env', 'python3', '-I', '-S'] } },
    code: 'debugger-not-installed',
    says: ['"/usr/bin/env python3 -I -S" cannot import it', 'pip install debugpy'],
    at: undefined,
  },
  {
    name: 'the debug adapter that is named is not there',
    configuration: { debugAdapter: { command: 'no-such-adapter' } },
    code: 'debugger-not-installed',
    says: ['"no-such-adapter"', '"debugAdapter.command"'],
    at: undefined,
  },
  {
    name: 'the debugger dies at start',
    configuration: {
      debugAdapter: { command: 'sh', args: ['-c', 'echo "the licence has run out" >&2; exit 3'] },
    },
    code: 'debugger-died',
    says: ['with code 3', 'the licence has run out'],
    at: 'Starting the debugger (pwa-node)',
  },
  {
    name: 'the debugger says something else than DAP',
    configuration: { debugAdapter: { command: 'sh', args: ['-c', 'printf "hello\\r\\n\\r\\n"; cat >&2'] } },
    code: 'debugger-died',
    says: ['cannot be understood'],
    at: 'Starting the debugger (pwa-node)',
  },
];

test.each(cases)(
  '$name: one clear error, nothing changed',
  async ({ name: _, code, says, at, ...options }) => {
    await expectRefused({ code, says, at }, { namespace: shop.name, ...options });
    await expectUnchanged(before, shop);
  },
);

test('a debug adapter that listens nowhere', async () => {
  const port = await closedPort();
  await expectRefused(
    {
      code: 'debugger-unreachable',
      says: [`127.0.0.1:${port}`, 'ECONNREFUSED', '"debugAdapter"'],
      at: 'Starting the debugger (pwa-node)',
    },
    { namespace: shop.name, configuration: { debugAdapter: { port }, debug: { ...debug, cwd: root } } },
  );
  await expectUnchanged(before, shop);
});

/** How each debugger tells the code that its debuggee ended with. */
const failing = [
  {
    name: 'Node.js',
    service: services.node,
    file: 'fails.js',
    program: ['console.log("here I am")', 'console.error("no settings")', 'process.exit(3)'],
    code: ({ client }: F5) => /Process exited with code (\d+)/.exec(client.output('stderr'))?.[1],
  },
  {
    name: 'Python',
    service: services.python,
    file: 'fails.py',
    program: ['import sys', 'print("here I am")', 'print("no settings", file=sys.stderr)', 'sys.exit(3)'],
    code: ({ client }: F5) => String(client.events('exited')[0]?.body?.exitCode),
  },
];

test.each(failing)(
  '$name exits at once with an error: its words and its code arrive, everything is restored',
  async ({ service, file, program, code }) => {
    {
      await using folder = await temporaryFolder();
      const path = join(folder.path, file);
      await writeFile(path, program.map((line) => `${line}\n`).join(''));
      await using f5 = await F5.start({
        kubeconfig,
        namespace: shop.name,
        service: { ...service, debug: { ...service.debug, program: path } },
      });
      await f5.configure(path, []);
      expect(await f5.launched).toMatchObject({ success: true });
      await f5.client.waitForEvent('terminated');
      expect(code(f5)).toBe('3');
      expect(f5.client.output('stdout')).toContain('here I am');
      expect(f5.client.output('stderr')).toContain('no settings');
      // The originals have served all the while.
      expect(f5.client.output()).not.toContain('is served from this machine now');
      await f5.stop();
      expect(f5.client.events('terminated')).toHaveLength(1);
    }
    await expectUnchanged(before, shop);
  },
);

test('an HTTP POST to --listen runs nothing, whatever is in its body', async () => {
  {
    await using folder = await temporaryFolder();
    const touched = join(folder.path, 'touched');
    const debugAdapter = { command: 'sh', args: ['-c', `touch '${touched}'; exit 3`] };
    await using adapter = await listeningAdapter();
    const launch = { kubeconfig, namespace: shop.name, target: 'web', ports: [], debug, debugAdapter };
    const body = frame(1, 'initialize', { adapterID: 'localprocess-k8s' }) + frame(2, 'launch', launch);
    // As a browser sends it; and as if the attacker had the headers in his hands as well, but for one.
    const post = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const forged = body.replace('Content-Length', 'Origin: http://attacker.invalid\r\nContent-Length');
    for (const bytes of [post, forged]) expect(await adapter.send(bytes)).not.toContain('"response"');
    expect(existsSync(touched)).toBe(false);

    // A debug client's own messages are obeyed: it was not for their content that they were refused.
    expect(await adapter.send(body, '"terminated"')).toContain('"id":501');
    expect(existsSync(touched)).toBe(true);
  }
  await expectUnchanged(before, shop);
});

function frame(seq: number, command: string, args: object): string {
  const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
