import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Journal } from '../adapter/journal.ts';
import { makePortsFree, waitUntilPortsFree, type LocalPortsOptions } from '../adapter/localports.ts';
import type { Administrator } from '../adapter/machine/administrator.ts';
import { identify } from '../adapter/machine/processes/processes.ts';
import { firstLine, silent } from './machine/helper.ts';
import { freePort, listening, run, type Running } from './machine/processes/occupant.ts';
import { ownStateFolder, temporaryFolder } from './machine/script.ts';

const mainScript = join(process.cwd(), 'no-main-script.js');

/** Stands for the adapter: what this very process starts would be the session's own. */
let adapter: Running;
beforeAll(async () => {
  adapter = await run('console.log(0); setInterval(() => undefined, 1e6);');
});
afterAll(async () => {
  await adapter[Symbol.asyncDispose]();
});

/** The options of a launch whose editor cannot ask, and who must not need the helper. */
function options(more: Partial<LocalPortsOptions> = {}): LocalPortsOptions {
  return {
    conflict: 'ask',
    ask: undefined,
    administrator: (): Promise<Administrator> => Promise.reject(new Error('Nobody needs the helper here.')),
    ending: [],
    mainScript,
    adapter: adapter.pid,
    progress: silent,
    signal: new AbortController().signal,
    ...more,
  };
}

type Question = Parameters<NonNullable<LocalPortsOptions['ask']>>[0];

/** Answers each question with its choice number `choice`. */
function answering(choice: number, asked: Question[] = []): LocalPortsOptions['ask'] {
  return (question) => {
    asked.push(question);
    return Promise.resolve(question.choices[choice] ?? '');
  };
}

/** Pairs that lead the ports of some servers to ports of the container. */
function pairs(...servers: Running[]) {
  return servers.map(({ said: [local = 0] }, index) => ({ local, remote: 80 + index }));
}

function isAlive({ child }: Running): boolean {
  return child.exitCode === null && child.signalCode === null;
}

let state: Awaited<ReturnType<typeof ownStateFolder>>;
beforeEach(async () => {
  state = await ownStateFolder();
});
afterEach(async () => {
  await state[Symbol.asyncDispose]();
});

test('ports that nobody has need nobody’s answer', async () => {
  const port = await freePort();
  const ports = await makePortsFree([{ local: port, remote: 80 }], options());
  expect(ports.ended).toEqual([]);
  await waitUntilPortsFree(ports, { patience: 0, signal: options().signal });
});

/** A listening socket of no process: it is under way from one end of a connection to the other, for `seconds`. */
const inFlight = `import array, socket, sys, time
server = socket.create_server(('127.0.0.1', 0))
ends = socket.socketpair()
ends[0].sendmsg([b'-'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [server.fileno()]))])
print(server.getsockname()[1], flush=True)
server.close()
time.sleep(float(sys.argv[1]))
`;

test('a socket whose process is ending has no owner any more: it is waited for', async () => {
  const child = spawn('python3', ['-c', inFlight, '0.5'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const wanted = [{ local: Number(await firstLine(child)), remote: 80 }];
  expect((await makePortsFree(wanted, options({ conflict: 'fail' }))).ended).toEqual([]);
  await ended;
});

test('one that stays is told of', async () => {
  const child = spawn('python3', ['-c', inFlight, '60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const wanted = [{ local: Number(await firstLine(child)), remote: 80 }];
  await expect(makePortsFree(wanted, options({ conflict: 'fail' }))).rejects.toThrow(
    'A process of no visible owner listens on',
  );
  child.kill('SIGKILL');
  await ended;
});

test.each(['fail', 'ask'] as const)(
  '"%s" without an editor that can ask: an error that says who, and the three ways out',
  async (conflict) => {
    await using server = await run(listening);
    const { pid, said } = server;
    const refused = makePortsFree(pairs(server), options({ conflict }));
    await expect(refused).rejects.toMatchObject({ code: 'port-in-use', attribute: 'ports', next: undefined });
    await expect(refused).rejects.toThrow(
      `Cannot use port "${said[0]}" for the local process. "node" (process ${pid}, "`,
    );
    await expect(refused).rejects.toThrow('createServer().listen(process.argv[1]');
    await expect(refused).rejects.toThrow(
      `listens on ${said[0]} already. End that process, or choose another local port in "ports", e.g. "${(said[0] ?? 0) + 1}:80", or set "portConflict": "stop" to have it ended.`,
    );
    expect(isAlive(server)).toBe(true);
  },
);

test('"ask": the editor asks, with the process’s name, id and command, and "Stop it" ends it', async () => {
  await using server = await run(listening);
  const asked: Question[] = [];
  const { ended } = await makePortsFree(pairs(server), options({ ask: answering(0, asked) }));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.choices).toEqual(['Stop it', 'Cancel']);
  expect(asked[0]?.text).toContain(
    `The local process needs port "${server.said[0]}". "node" (process ${server.pid}, "`,
  );
  expect(asked[0]?.text).toMatch(/listens on \d+ already\. Stop it\?$/);
  expect(await server.ended).toBe('SIGTERM');
  expect(ended).toHaveLength(1);
});

test('all ports are asked about in one question, each process and each port once', async () => {
  await using two = await run(`
    const { createServer } = require('node:net');
    const one = createServer().listen(0, '127.0.0.1', () => {
      const two = createServer().listen(0, () => console.log(one.address().port + ' ' + two.address().port));
    });`);
  await using third = await run(listening);
  const [first = 0, second = 0] = two.said;
  const wanted = [
    { local: first, remote: 80 },
    { local: first, remote: 8080 },
    { local: second, remote: 81 },
    ...pairs(third),
  ];
  const asked: Question[] = [];
  await makePortsFree(wanted, options({ ask: answering(0, asked) }));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.choices).toEqual(['Stop them', 'Cancel']);
  for (const port of [first, second, ...third.said]) expect(asked[0]?.text).toContain(`"${port}"`);
  expect(asked[0]?.text.match(/\(process \d+,/g)).toHaveLength(2);
  expect(await Promise.all([two.ended, third.ended])).toEqual(['SIGTERM', 'SIGTERM']);
});

test('one error tells of all ports', async () => {
  await using one = await run(listening);
  await using other = await run(listening);
  const refused = makePortsFree(pairs(one, other), options({ conflict: 'fail' }));
  await expect(refused).rejects.toThrow(`(process ${one.pid}, `);
  await expect(refused).rejects.toThrow(`(process ${other.pid}, `);
  await expect(refused).rejects.toThrow('End these processes, or choose');
});

test('"Cancel" leaves the process alone and cancels the launch', async () => {
  await using server = await run(listening);
  const refused = makePortsFree(pairs(server), options({ ask: answering(1) }));
  await expect(refused).rejects.toMatchObject({ code: 'cancelled' });
  await expect(refused).rejects.toThrow(`port "${server.said[0]}" stays with "node" (process ${server.pid}`);
  expect(isAlive(server)).toBe(true);
});

test('a launch that is cancelled while the question is open leaves the process alone', async () => {
  await using server = await run(listening);
  const stop = new AbortController();
  const { signal } = stop;
  const ask: LocalPortsOptions['ask'] = (_, cancelled) =>
    new Promise((__, reject) => {
      cancelled.addEventListener('abort', () => reject(cancelled.reason as Error));
      stop.abort(new Error('cancelled by the user'));
    });
  await expect(makePortsFree(pairs(server), options({ ask, signal }))).rejects.toThrow(
    'cancelled by the user',
  );
  expect(isAlive(server)).toBe(true);
});

test('"stop" ends it, politely, without a question', async () => {
  await using server = await run(`${listening} process.on('SIGTERM', () => process.exit(7));`);
  const told: string[] = [];
  const progress = { ...silent, say: (text: string) => told.push(text) };
  await makePortsFree(pairs(server), options({ conflict: 'stop', progress }));
  expect(await server.ended).toBe(7);
  expect(told.join()).toContain(`Ending "node" (process ${server.pid}`);
});

/** Starts a server on the port again and again. */
const supervisor = `
  const { spawn } = require('node:child_process');
  const code = "require('node:net').createServer().listen(" + process.argv[1] + ", '127.0.0.1', () => console.log('up')); process.stdin.resume().on('end', () => process.exit())";
  let child;
  const start = () => {
    child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.once('data', () => console.log(child.pid));
    child.once('exit', start);
  };
  process.on('SIGTERM', () => { child.removeAllListeners('exit'); child.kill(); process.exit(); });
  start();`;

test('a process that somebody starts again is reported, with what starts it', async () => {
  const port = await freePort();
  await using starter = await run(supervisor, [port]);
  const [first = 0] = starter.said;
  const wanted = [{ local: port, remote: 80 }];
  const again = firstLine(starter.child);
  // It comes back at once, or by the time that the local process is to be started.
  const late = makePortsFree(wanted, options({ conflict: 'stop' })).then(async (ports) => {
    await again;
    await waitUntilPortsFree(ports, { patience: 0, signal: options().signal });
  });
  await expect(late).rejects.toMatchObject({ code: 'process-not-ended', attribute: 'portConflict' });
  await expect(late).rejects.toThrow(`"node" (process ${first}, "`);
  await expect(late).rejects.toThrow(`"node" (process ${await again}, "`);
  await expect(late).rejects.toThrow(`It was started by "node" (process ${starter.pid}, "`);
  await expect(late).rejects.toThrow(`another local port in "ports", e.g. "${port + 1}:80"`);
  starter.child.kill();
  await starter.ended;
});

test('a port that somebody else takes during the launch is refused before the local process starts', async () => {
  const port = await freePort();
  const ports = await makePortsFree([{ local: port, remote: 80 }], options());
  await using server = await run(listening, [port]);
  const late = waitUntilPortsFree(ports, { patience: 0, signal: options().signal });
  await expect(late).rejects.toMatchObject({ code: 'port-in-use' });
  await expect(late).rejects.toThrow(`process ${server.pid}`);
});

/** Has `processes` named by the journal of another session. */
async function session(adapter: number, debuggers: number[]): Promise<void> {
  const identities = await Promise.all([adapter, ...debuggers].map((pid) => identify(pid)));
  const [first, ...others] = identities.flatMap((identity) => identity ?? []);
  if (first === undefined) throw new Error('The adapter has ended.');
  const journal = Journal.of({
    version: 1,
    session: '0f00ba12',
    process: first,
    since: '2026-01-02T03:04:05.678Z',
    log: '/dev/null',
    target: 'service/web',
    cluster: { context: 'c', namespace: 'n', connectTimeoutSeconds: 1 },
    debuggers: others,
  });
  await journal.write({});
}

const parentOfServer = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(listening)}, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', (port) => console.log(child.pid + ' ' + port));
  process.on('SIGTERM', () => { child.kill(); process.exit(); });`;

test.each(['stop', 'ask', 'fail'] as const)(
  '"%s" never ends what belongs to another session: the message says which, and how to end it',
  async (conflict) => {
    await using other = await run(`console.log(0); setInterval(() => undefined, 1e6);`);
    await using debug = await run(parentOfServer);
    const [debuggee = 0, port = 0] = debug.said;
    await session(other.pid, [debug.pid]);
    const wanted = [{ local: port, remote: 80 }];
    const refused = makePortsFree(wanted, options({ conflict, ask: answering(0) }));
    const next = { step: 'restore', session: '0f00ba12' };
    await expect(refused).rejects.toMatchObject({ code: 'port-in-use', next });
    await expect(refused).rejects.toThrow(
      `Process ${debuggee} belongs to the session "0f00ba12" on "service/web", begun 2026-01-02T03:04:05.678Z: stop that one in its editor, or with "localprocess-k8s restore --session 0f00ba12". Or choose another local port`,
    );
    await expect(refused).rejects.not.toThrow('"portConflict": "stop"');
    expect(await identify(debuggee)).toBeDefined();
    debug.child.kill();
    await debug.ended;
  },
);

test('what a session that is being ended has is waited for', async () => {
  await using ending = await run(`console.log(0); setInterval(() => undefined, 1e6);`);
  await using server = await run(listening);
  await session(ending.pid, [server.pid]);
  const ports = await makePortsFree(pairs(server), options({ conflict: 'fail', ending: ['0f00ba12'] }));
  const free = waitUntilPortsFree(ports, { patience: 30_000, signal: options().signal });
  server.child.kill();
  await free;
  // One that does not go is refused when the patience is over.
  await using other = await run(listening, server.said);
  const late = waitUntilPortsFree(ports, { patience: 50, signal: options().signal });
  await expect(late).rejects.toThrow(`process ${other.pid}`);
});

test('what a killed debugger has left in its process group is its session’s still', async () => {
  await using ending = await run(`console.log(0); setInterval(() => undefined, 1e6);`);
  await using debug = await run(parentOfServer, [0], { detached: true });
  const [, local = 0] = debug.said;
  await session(ending.pid, [debug.pid]);
  debug.child.kill('SIGKILL');
  await debug.ended;
  try {
    const given = options({ conflict: 'fail', ending: ['0f00ba12'] });
    await makePortsFree([{ local, remote: 80 }], given);
  } finally {
    process.kill(-debug.pid, 'SIGKILL');
  }
});

test('what runs this program belongs to a session, also to one whose journal cannot be read', async () => {
  await using folder = await temporaryFolder();
  const script = join(folder.path, 'localprocess-k8s', 'dist', 'main.js');
  await mkdir(join(folder.path, 'localprocess-k8s', 'dist'), { recursive: true });
  await writeFile(script, `process.argv.splice(1, 1);process.argv[1] = '0';${listening}`);
  const child = spawn(process.execPath, [script, 'helper', '--session', 'another'], { stdio: 'pipe' });
  const port = Number(await firstLine(child));
  const refused = makePortsFree([{ local: port, remote: 80 }], options({ conflict: 'stop' }));
  await expect(refused).rejects.toThrow(`Process ${child.pid} belongs to the session "another": stop`);
  child.kill();
  await once(child, 'exit');
});

test('this very process is never ended', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const wanted = [{ local: port, remote: 80 }];
  const itself = makePortsFree(wanted, options({ conflict: 'stop', adapter: process.pid }));
  await expect(itself).rejects.toThrow(`Process ${process.pid} belongs to a session of localprocess-k8s`);
  server.close();
});
