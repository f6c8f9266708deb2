import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fixture } from '../harness.ts';
import { breakpointLine, F5, services, type ShopService } from './support/f5.ts';
import {
  expectUnchanged,
  InsidePod,
  kubeconfig,
  Namespace,
  snapshot,
  type Snapshot,
} from './support/harness.ts';

let shop: Namespace;
let inside: InsidePod;
let before: Snapshot;

/** The same server is run in a pod behind the service "raw", and here in place of "web". */
const program = fixture('raw.cjs');
const local: ShopService = {
  ...services.node,
  ports: ['3000:http', '3001:3001', '3002:3002'],
  debug: { type: 'pwa-node', request: 'launch', program },
};

beforeAll(async () => {
  shop = await Namespace.create('traffic');
  inside = await InsidePod.start(shop);
  await shop.kubectl(
    'patch',
    'service',
    'web',
    '--patch',
    JSON.stringify({ spec: { ports: portsOf('http') } }),
  );
  await shop.apply(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'raw', labels: { app: 'raw' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'raw',
            image: 'node:22-alpine',
            imagePullPolicy: 'IfNotPresent',
            command: ['node', '-e', readFileSync(program, 'utf8')],
            readinessProbe: { tcpSocket: { port: 3000 }, periodSeconds: 1 },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'raw' },
      spec: { selector: { app: 'raw' }, ports: portsOf(3000) },
    },
  );
  await shop.kubectl('wait', '--for=condition=Ready', 'pod/raw', '--timeout=60s');
  before = await snapshot(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

/** Port 80 with the server itself, 81 with one that speaks first, 82 with nobody. */
function portsOf(first: number | string) {
  return [
    { name: 'http', port: 80, targetPort: first },
    { name: 'greeting', port: 81, targetPort: 3001 },
    { name: 'nobody', port: 82, targetPort: 3002 },
  ];
}

const client = fixture('rawClient.cjs');
const ways = {
  'from the cluster to here': async (scenario: string) =>
    JSON.parse(await inside.output(readFileSync(client, 'utf8'), 'web', '80', scenario)) as unknown,
  'from here to the cluster': async (scenario: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [client, 'raw', '80', scenario]);
    return JSON.parse(stdout) as unknown;
  },
};

describe('one session', () => {
  let f5: F5;
  beforeAll(async () => {
    // Nobody is to be held for long where nobody listens.
    f5 = await F5.start({
      kubeconfig,
      namespace: shop.name,
      service: local,
      configuration: { agent: { holdSeconds: 1 } },
    });
    await f5.configure(program, []);
    await f5.joined();
    await shop.originalsGone(services.node.target);
  });
  afterAll(async () => {
    await f5.stop();
    await f5[Symbol.asyncDispose]();
    await expectUnchanged(before, shop);
  });

  describe.each(Object.entries(ways))('%s', (_, run) => {
    test.each(['up', 'down'])('64 MiB %s, four at once, arrive with the right SHA-256', async (scenario) => {
      const { expected, results } = (await run(scenario)) as { expected: string; results: string[] };
      expect(results).toEqual([expected, expected, expected, expected]);
    });
    test('a reader that stalls does not hold up the stream beside it, and misses nothing', async () => {
      expect(await run('stalled')).toEqual({ echoed: true, rest: true });
    });
    test('a client that ends its side first still gets the answer', async () => {
      expect(await run('clientEndsFirst')).toMatchObject({ length: 64 });
    });
    test('a server that ends its side first still gets what the client sends', async () => {
      expect(await run('serverEndsFirst')).toEqual({ recorded: true });
    });
    test('a reset by the server is a reset for the client', async () => {
      expect(await run('serverResets')).toMatchObject({ error: 'ECONNRESET' });
    });
    test('a reset by the client is a reset for the server', async () => {
      expect(await run('clientResets')).toEqual({ recorded: 'ECONNRESET' });
    });
    test('a server that speaks first is heard', async () => {
      expect(await run('serverSpeaksFirst')).toMatchObject({ text: '220 at your service\r\n' });
    });
    test('a connection to a port where nobody listens is reset', async () => {
      expect(await run('nobodyListens')).toMatchObject({ length: 0, error: 'ECONNRESET' });
    });
  });
});

test('a client that gives up while the local process sits on a breakpoint harms nobody else', async () => {
  const { file } = services.node;
  {
    await using f5 = await F5.start({ kubeconfig, namespace: shop.name, service: services.node });
    await f5.configure(file, [breakpointLine(file)]);
    await f5.joined();
    await shop.originalsGone(services.node.target);
    const impatient = inside.request('http://web/', { timeoutMs: 1000 });
    const rejected = expect(impatient).rejects.toThrow();
    const stopped = await f5.client.waitForEvent('stopped');
    await rejected;
    await f5.client.body('setBreakpoints', { source: { path: file }, breakpoints: [] });
    await f5.client.body('continue', { threadId: stopped.body?.threadId });
    expect((await inside.request('http://web/who')).body).toBe('local');
    await f5.stop();
  }
  await expectUnchanged(before, shop);
});
