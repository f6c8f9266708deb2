import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { serveOnTcp } from '../../adapter/dap/server.ts';
import { sessions } from '../../adapter/serve.ts';
import { FakeLaunch } from '../fakeLaunch.ts';
import { initialize, programs, runToBreakpoint } from '../harness.ts';
import { DapClient } from './client.ts';

const serve = (fake: FakeLaunch) => serveOnTcp(0, sessions({ launch: fake.launch, mainScript: 'none' }));

test('an HTTP POST runs nothing', async () => {
  const fake = new FakeLaunch();
  let launches = 0;
  fake.before = () => {
    launches++;
    return Promise.resolve();
  };
  await using server = await serve(fake);
  const requests = [
    { seq: 1, type: 'request', command: 'initialize', arguments: initialize },
    { seq: 2, type: 'request', command: 'launch', arguments: { target: 'web', debug: programs.node.debug } },
  ];
  const dap = requests
    .map((one) => JSON.stringify(one))
    .map((body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    .join('');
  await expect(
    fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: dap, mode: 'no-cors' }),
  ).rejects.toThrow();
  for (const header of ['Host: x', 'Origin: http://example.org', 'POST / HTTP/1.1']) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    let answered = '';
    socket.on('data', (data) => (answered += String(data)));
    socket.write(`${header}\r\n${dap}`);
    await once(socket, 'close');
    expect(answered).toBe('');
  }
  expect(launches).toBe(0);
});

test('several editors at once, each in a session of its own; one that hangs up ends its own', async () => {
  const fake = new FakeLaunch();
  await using server = await serve(fake);
  await using first = await DapClient.dial(server.port);
  await using second = await DapClient.dial(server.port);
  for (const client of [first, second]) {
    await client.body('initialize', initialize);
    client.send('launch', { target: 'web', debug: programs.python.debug });
  }
  const [one, other] = await Promise.all([
    runToBreakpoint(first, programs.python),
    runToBreakpoint(second, programs.python),
  ]);
  expect(await one.evaluate('os.getpid()')).not.toBe(await other.evaluate('os.getpid()'));
  first.hangUp();
  await first.closed;
  expect(fake.left).toHaveLength(1);
  expect(await other.evaluate('total')).toBe('42');
});

test('only 127.0.0.1 is bound', async () => {
  await using server = await serve(new FakeLaunch());
  const socket = connect(server.port, '127.0.0.2');
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
