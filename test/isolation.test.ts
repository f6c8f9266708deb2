import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { DapClient } from './dap/client.ts';
import { buildAdapter, initialize, root, runToBreakpoint } from './harness.ts';
import { machine, users } from './machine/namespace/inside.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** Programs that read what only they see; the line follows the reading. */
const sources = {
  node: `const { readFileSync } = require('node:fs');
const seen = readFileSync('/etc/shop/greeting', 'utf8') + readFileSync('/data-of-the-pod/greeting', 'utf8');
const uid = String(process.getuid());
console.log(seen, uid);
`,
  python: `import os
seen = open("/etc/shop/greeting").read() + open("/data-of-the-pod/greeting").read()
uid = str(os.getuid())
print(seen, uid, flush=True)
`,
  go: `package main

import ("fmt"; "os")

func main() {
	one, _ := os.ReadFile("/etc/shop/greeting")
	two, _ := os.ReadFile("/data-of-the-pod/greeting")
	seen, uid := string(one) + string(two), fmt.Sprint(os.Getuid())
	fmt.Println(seen, uid)
}
`,
};

const python = '/usr/bin/python3';

/** What an adapter as another user needs: programs that it can read, and debuggers that it can run. */
async function prepared(uid: number) {
  const folder = await mkdtemp('/tmp/isolation-test-');
  await chmod(folder, 0o755);
  const path = (name: string) => join(folder, name);
  for (const name of ['volume', 'go', 'home']) await mkdir(path(name));
  await writeFile(path('volume/greeting'), 'good morning\n');
  await writeFile(path('server.js'), sources.node);
  await writeFile(path('server.py'), sources.python);
  await writeFile(path('go/main.go'), sources.go);
  await writeFile(path('go/go.mod'), 'module shop\n\ngo 1.21\n');
  await chown(path('home'), uid, uid);
  await chown(path('go'), uid, uid);
  return {
    folder,
    programs: {
      node: {
        debug: { type: 'pwa-node', request: 'launch', program: path('server.js'), cwd: folder },
        file: path('server.js'),
        line: 4,
      },
      python: {
        debug: {
          type: 'debugpy',
          request: 'launch',
          program: path('server.py'),
          python,
          console: 'internalConsole',
        },
        file: path('server.py'),
        line: 4,
      },
      go: {
        debug: { type: 'go', request: 'launch', program: path('go'), cwd: folder },
        file: path('go/main.go'),
        line: 9,
      },
    },
    /** Builds beforehand what an ordinary user's own, empty cache would take half a minute for. */
    async build() {
      const args = ['build', '-gcflags=all=-N -l', '-o', path('shop'), '.'];
      await promisify(execFile)('go', args, { cwd: path('go') });
      return { mode: 'exec', program: path('shop') };
    },
    env: {
      PATH: [join(root, '.tools'), process.env.PATH].join(delimiter),
      HOME: path('home'),
      PYTHONPATH: readdirSync(join(root, '.venv/lib'))
        .map((version) => join(root, '.venv/lib', version, 'site-packages'))
        .join(delimiter),
      // js-debug is looked for from the program's folder, then from this adapter's.
      NODE_PATH: join(root, 'node_modules'),
      TEST_ISOLATION: JSON.stringify({
        binds: ['/etc/shop', '/data-of-the-pod'].map((to) => ({ from: path('volume'), to })),
      }),
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

for (const [who, uid] of Object.entries(users)) {
  for (const [name, kind, terminal] of [
    ['Node.js', 'node', false],
    ['Node.js in a terminal', 'node', true],
    ['Python', 'python', false],
    ['Python in a terminal', 'python', true],
    ['Go', 'go', false],
  ] as const) {
    asRoot(`${who}, ${name}: the debuggee sees what nobody else does, on a breakpoint`, async () => {
      await using adapter = await buildAdapter();
      await using here = await prepared(uid);
      const before = await machine();
      const { debug, file, line } = here.programs[kind];
      const more = kind === 'go' ? await here.build() : {};
      const as = { env: here.env, cwd: root, uid, gid: uid };
      await chmod(join(adapter.path, '..'), 0o755);
      // Started before anybody knows what it is to see: it has to be started anew.
      const early = kind === 'go' ? debug.type : 'pwa-node';
      await using client = DapClient.start(process.execPath, [adapter.path, early], as);
      if (terminal) {
        client.onRequest('runInTerminal', (request) => {
          const [command = '', ...args] = request.arguments.args as string[];
          const { cwd } = request.arguments as { cwd?: string };
          return { processId: spawn(command, args, { ...as, cwd: cwd ?? root, stdio: 'ignore' }).pid };
        });
      }
      await client.body('initialize', { ...initialize, supportsRunInTerminalRequest: terminal });
      client.send('launch', {
        target: 'web',
        debug: { ...debug, ...more, ...(terminal ? { console: 'integratedTerminal' } : {}) },
      });
      const there = await runToBreakpoint(client, { file, line });
      expect(await there.evaluate('seen')).toContain('good morning\\ngood morning');
      expect(await there.evaluate('uid')).toContain(String(uid));
      expect([existsSync('/etc/shop'), existsSync('/data-of-the-pod')]).toEqual([false, false]);
      await client.body('continue', { threadId: there.threadId });
      await client.waitForEvent('terminated');
      await client.body('disconnect', {});
      await client.closed;
      expect(await machine()).toEqual(before);
    });
  }
}
