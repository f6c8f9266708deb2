import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findOnPath } from '../../adapter/debugger/path.ts';
import { variables } from '../fakeLaunch.ts';
import { connectClient, fixture, initialize, runToBreakpoint } from '../harness.ts';

const browser = await findOnPath('chromium-headless-shell');
const skips = browser === undefined && process.env.CI !== 'true';

/** The fixture's page, on a free port. */
async function servePage(): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const file = request.url === '/' ? 'index.html' : String(request.url).slice(1);
    void readFile(fixture(join('page', file))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

(skips ? test.skip : test)(
  `pwa-chrome: a breakpoint in a page, the cluster’s variables in the browser, the end${skips ? ' (no "chromium-headless-shell" on PATH)' : ''}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
    await using page = await servePage();
    try {
      const runtimeExecutable = join(folder, 'browser');
      const seen = join(folder, 'seen');
      await writeFile(
        runtimeExecutable,
        `#!/bin/sh\nprintf %s "$SECRET" > "${seen}"\nexec "${String(browser)}" "$@"\n`,
      );
      await chmod(runtimeExecutable, 0o755);
      await using session = connectClient();
      const { client, fake } = session;
      await client.body('initialize', initialize);
      const debug = {
        type: 'pwa-chrome',
        request: 'launch',
        url: page.url,
        webRoot: fixture('page'),
        runtimeExecutable,
        runtimeArgs: ['--no-sandbox'],
        userDataDir: join(folder, 'profile'),
      };
      client.send('launch', { target: 'web', debug });
      const there = await runToBreakpoint(client, { file: fixture(join('page', 'page.js')), line: 4 });
      expect(there.variables.find(({ name }) => name === 'total')?.value).toBe('42');
      expect(await there.evaluate('location.href')).toBe(`'${page.url}'`);
      expect(await readFile(seen, 'utf8')).toBe(variables.SECRET);
      await client.body('disconnect', { terminateDebuggee: true });
      await session.session.done;
      expect(fake.left).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
);
