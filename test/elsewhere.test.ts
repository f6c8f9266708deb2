import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Connected, LaunchContext } from '../adapter/launch.ts';
import { portsOf, type LocalProcesses } from '../adapter/machine/processes/elsewhere.ts';
import { waitForLocalProcess } from '../adapter/traffic.ts';
import { connectClient, initialize, programs } from './harness.ts';
import { silent } from './machine/helper.ts';
import { freePort, listening, run } from './machine/processes/occupant.ts';
import { temporaryFolder } from './machine/script.ts';

/** A server in each language, on a free port of 127.0.0.1, where debuggers listen as well; it prints the port. */
const servers = {
  node: {
    files: {
      'server.js': `const s = require('http').createServer().listen(0, '127.0.0.1', () => console.log('port ' + s.address().port));`,
    },
    debug: (folder: string) => ({ ...programs.node.debug, program: join(folder, 'server.js') }),
  },
  python: {
    files: {
      'server.py': `import socket, time
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen()
print(f'port {s.getsockname()[1]}\\n', end='', flush=True)
time.sleep(60)
`,
    },
    debug: (folder: string) => ({ ...programs.python.debug, program: join(folder, 'server.py') }),
  },
  go: {
    files: {
      'go.mod': 'module server\n\ngo 1.20\n',
      'main.go': `package main

import (
	"fmt"
	"net"
	"time"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("port", l.Addr().(*net.TCPAddr).Port)
	time.Sleep(time.Minute)
}
`,
    },
    debug: (folder: string) => ({ ...programs.go.debug, program: folder }),
  },
};

/** A connection that needs nobody to leave it. */
const ended = { leave: () => Promise.resolve(), lost: new Promise(() => undefined) } as unknown as Connected;

const { signal: never } = new AbortController();

test.each(Object.entries(servers))(
  '%s: another port than expected is told as soon as the debuggee listens there; no socket of the debugger is',
  async (_, { files, debug }) => {
    await using folder = await temporaryFolder();
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    const processes: LocalProcesses = { debuggers: new Set(), debuggees: new Set() };
    const launch = async (raw: unknown, context: LaunchContext): Promise<Connected> => {
      const { debug: given } = raw as { debug: Parameters<LaunchContext['delegate']>[0]['debug'] };
      const onProcess = (pid: number, role: 'debugger' | 'debuggee' = 'debuggee') =>
        void processes[`${role}s`].add(pid);
      await context.delegate({
        debug: given,
        debugAdapter: undefined,
        environment: {},
        isolation: undefined,
        onProcess,
      });
      return ended;
    };
    await using session = connectClient({ launch });
    const { client } = session;
    await client.body('initialize', initialize);
    client.send('launch', { target: 'web', debug: debug(folder.path) });

    const stop = new AbortController();
    const told: string[] = [];
    const expected = await freePort();
    const waiting = waitForLocalProcess([{ local: expected, remote: 80 }], {
      processes,
      progress: { ...silent, warn: (text) => told.push(text) },
      signal: stop.signal,
    });
    waiting.catch(() => undefined);
    // Beside it, without a pause: whenever one looks, nothing of the debugger's is seen.
    const seen = new Set<number>();
    const over = new AbortController();
    const looking = (async () => {
      while (!over.signal.aborted) for (const port of await portsOf(processes)) seen.add(port);
    })();
    await client.waitForEvent('initialized');
    await client.body('configurationDone');
    const { body } = await client.waitForEvent('output', ({ body: one }) =>
      /^port \d/.test(String(one?.output)),
    );
    const port = Number(/\d+/.exec(String(body?.output))?.[0]);
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    over.abort();
    await looking;
    expect([...seen]).toEqual([port]);
    expect(told).toEqual([
      `The local process listens on port ${port}, not on ${expected}: set "ports": ["${port}:80"] if that is where it serves, or have it listen on ${expected}. Until then the original serves.`,
    ]);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await client.body('disconnect', {});
    await session.session.done;
  },
);

test('a port that is among those expected, an inspector that was asked for, and other people’s are not told', async () => {
  const [first, second, inspector] = [await freePort(), await freePort(), await freePort()];
  await using other = await run(listening);
  await using local = await run(
    `${listening} require('node:inspector').open(Number(process.argv[2]), '127.0.0.1');`,
    [second, inspector, `--inspect=${inspector}`],
  );
  const told: string[] = [];
  const processes = { debuggers: new Set<number>(), debuggees: new Set([local.pid]) };
  expect(await portsOf(processes)).toEqual([second]);
  const pairs = [first, second].map((port, index) => ({ local: port, remote: 80 + index }));
  const waiting = waitForLocalProcess(pairs, {
    processes,
    progress: { ...silent, warn: (text) => told.push(text) },
    signal: never,
  });
  await using late = await run(listening, [first]);
  await waiting;
  expect(told).toEqual([]);
  expect([other.pid, late.pid]).not.toContain(local.pid);
});
