import { expect, test } from '@jest/globals';
import { endHolder } from '../../../adapter/machine/processes/ending.ts';
import { occupantsOf } from '../../../adapter/machine/processes/occupants.ts';
import { identify, type ProcessIdentity } from '../../../adapter/machine/processes/processes.ts';
import { freePort, listening, run, type Running } from './occupant.ts';
import { echo, serve } from './server.ts';

const { signal } = new AbortController();

async function identityOf({ pid }: Running): Promise<ProcessIdentity> {
  const identity = await identify(pid);
  if (identity === undefined) throw new Error('It has ended.');
  return identity;
}

function end(identity: ProcessIdentity, ports: number[], patience = 5000): Promise<void> {
  return endHolder({ identity, ports, withService: false }, { signal, patience });
}

test('a process that has a port is ended politely, and the port is free then', async () => {
  await using server = await run(`${listening}
    process.on('SIGTERM', () => { server.close(); process.exit(7); });`);
  const ports = server.said;
  await end(await identityOf(server), ports);
  expect(await occupantsOf(ports)).toEqual([]);
  expect(await server.ended).toBe(7);
});

test('one that does not end when asked is made to', async () => {
  await using server = await run(`${listening} process.on('SIGTERM', () => undefined);`);
  await end(await identityOf(server), server.said, 100);
  expect(await server.ended).toBe('SIGKILL');
});

test('one that has been stopped is made to end as well', async () => {
  await using server = await run(listening);
  process.kill(server.pid, 'SIGSTOP');
  await end(await identityOf(server), server.said, 100);
  expect(await occupantsOf(server.said)).toEqual([]);
});

const workers = `
  const cluster = require('node:cluster');
  const net = require('node:net');
  if (cluster.isPrimary) {
    process.on('SIGTERM', () => process.exit(0));
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.fork(); cluster.fork();
    let count = 0;
    cluster.on('listening', (worker, { port }) => ++count === 2 && console.log(port));
  } else {
    process.on('disconnect', () => setInterval(() => undefined, 1e6));
    net.createServer().listen(+process.argv[1], '127.0.0.1');
  }`;

test('of a server and its workers, which share a socket, all are ended; asked about is the one that started them', async () => {
  await using server = await run(workers, [await freePort()]);
  const [occupant, ...others] = await occupantsOf(server.said);
  expect(others).toEqual([]);
  expect(occupant).toMatchObject({ ports: server.said, holder: { pid: server.pid, process: 'node' } });
  await end(await identityOf(server), server.said, 300);
  expect(await occupantsOf(server.said)).toEqual([]);
});

test('nothing is ended but a process that listens on such a port: each other one is refused', async () => {
  await using server = await run(listening);
  await using own = await serve('127.0.0.1', echo);
  const identity = await identityOf(server);
  const [port = 0] = server.said;
  const refusals: [ProcessIdentity, number, RegExp][] = [
    [{ pid: 1, started: '0' }, port, /first process/],
    [{ pid: 0, started: '0' }, port, /first process/],
    [{ pid: -server.pid, started: identity.started }, port, /first process/],
    [{ pid: process.pid, started: '0' }, own.port, /this very process/],
    [{ ...identity, started: '1' }, port, /another process has its number/],
    [identity, own.port, /does not listen on/],
  ];
  for (const [one, at, reason] of refusals) await expect(end(one, [at])).rejects.toThrow(reason);
  expect((await occupantsOf([port])).map(({ holder }) => holder?.pid)).toEqual([server.pid]);
});

test('waiting for the end of a process ends with the signal’s reason', async () => {
  await using server = await run(`${listening} process.on('SIGTERM', () => undefined);`);
  const stop = new AbortController();
  const ending = endHolder(
    { identity: await identityOf(server), ports: server.said, withService: false },
    { signal: stop.signal, patience: 60_000 },
  );
  setImmediate(() => stop.abort(new Error('cancelled by the user')));
  await expect(ending).rejects.toThrow('cancelled by the user');
});

test('listeners on addresses of services, and on other interfaces, are in nobody’s way', async () => {
  await using service = await serve('127.64.0.7', echo);
  expect(await occupantsOf([service.port])).toEqual([]);
});

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('a listener on %s is in the way', async (address) => {
  await using server = await serve(address, echo);
  expect(await occupantsOf([server.port])).toMatchObject([
    { ports: [server.port], holder: { pid: process.pid } },
  ]);
});
