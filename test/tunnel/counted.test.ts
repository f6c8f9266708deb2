import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Counted } from '../../adapter/tunnel/counted.ts';
import { dial, listen } from '../agent/agentProcess.ts';

test('connections and bytes are counted while a connection is open, and once it has closed', async () => {
  const counted = new Counted();
  await using server = await listen((socket) => socket.once('data', () => socket.write('answer!')));
  const socket = counted.add(await dial(server.port));
  expect(counted.traffic).toEqual({ open: 1, total: 1, received: 0, sent: 0 });
  socket.write('ask');
  await once(socket, 'data');
  // What is written here has come from the cluster, what is read here goes there.
  expect(counted.traffic).toEqual({ open: 1, total: 1, received: 3, sent: 7 });
  socket.destroy();
  await once(socket, 'close');
  expect(counted.traffic).toEqual({ open: 0, total: 1, received: 3, sent: 7 });
});

test('several connections add up; one that is reset counts with what it had', async () => {
  const counted = new Counted();
  await using server = await listen((socket) =>
    socket.once('data', (data: Buffer) => {
      if (data.toString() === 'reset') socket.resetAndDestroy();
      else socket.end('1234');
    }),
  );
  const [one, other] = [counted.add(await dial(server.port)), counted.add(await dial(server.port))];
  const closed = new Promise((resolve) => one.once('close', resolve));
  const failed = once(one, 'error');
  one.write('reset');
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  await closed;
  expect(counted.traffic).toEqual({ open: 1, total: 2, received: 5, sent: 0 });
  other.end('ab');
  other.resume();
  await once(other, 'close');
  expect(counted.traffic).toEqual({ open: 0, total: 2, received: 7, sent: 4 });
});
