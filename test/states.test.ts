import { expect, test } from '@jest/globals';
import { LaunchError } from '../adapter/errors.ts';
import { Counted } from '../adapter/tunnel/counted.ts';
import { dial, listen } from './agent/agentProcess.ts';
import { connectClient, initialize, programs } from './harness.ts';

const event = 'localprocess-k8s.state';

async function launched(more: object = { __states: true }) {
  const it = connectClient();
  await it.client.body('initialize', initialize);
  it.client.send('launch', { target: 'web', debug: programs.node.debug, ...more });
  await it.client.waitForEvent('initialized');
  return it;
}

test('an editor that asks for it is told how the session is, and when that changes', async () => {
  await using it = await launched();
  const first = await it.client.waitForEvent(event);
  expect(first.body).toMatchObject({ session: 'fake', state: 'starting', traffic: { total: 0 } });
  it.fake.diagnostics.note({ target: 'service/web' });
  it.fake.diagnostics.enter('joined');
  const joined = await it.client.waitForEvent(event, ({ body }) => body?.state === 'joined');
  expect(joined.body).toMatchObject({ target: 'service/web' });
});

test('traffic is told at most once a second, and nothing while nothing changes', async () => {
  await using it = await launched();
  const counted = new Counted();
  it.fake.diagnostics.note({ counted });
  await it.client.waitForEvent(event);
  await using server = await listen((socket) => socket.pipe(socket));
  const socket = counted.add(await dial(server.port));
  const sent = 50;
  let echoed = 0;
  for (; echoed < sent; echoed++) {
    socket.write('x');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  const told = await it.client.waitForEvent(
    event,
    ({ body }) => (body as { traffic: { sent: number } }).traffic.sent === sent,
  );
  expect(told.body?.traffic).toEqual({ open: 1, total: 1, received: sent, sent });
  // The one at the beginning, and one or two for all of the traffic: its time is less than a second.
  const count = it.client.events(event).length;
  expect(count).toBeLessThanOrEqual(3);
  it.fake.diagnostics.warn('something else');
  await it.client.waitForEvent(event, ({ body }) => (body?.warnings as unknown[]).length === 1);
  expect(it.client.events(event)).toHaveLength(count + 1);
});

test('the state of a session that is lost is told at once', async () => {
  await using it = await launched();
  await it.client.waitForEvent(event);
  it.fake.diagnostics.enter('lost');
  it.fake.lose(new LaunchError('agent-lost', 'The agent was removed.'));
  await it.client.waitForEvent(event, ({ body }) => body?.state === 'lost');
  await it.client.waitForEvent('terminated');
});

test.each([{}, { __states: 'yes' }, { __states: false }])(
  'an editor that does not ask for it is not told (%j)',
  async (more) => {
    await using it = await launched(more);
    it.fake.diagnostics.enter('lost');
    it.fake.lose(new LaunchError('agent-lost', 'The agent was removed.'));
    await it.client.waitForEvent('terminated');
    expect(it.client.events(event)).toEqual([]);
  },
);

test.each([
  { more: {}, category: 'important' },
  { more: { __states: true }, category: 'stderr' },
])('a warning is output of the category $category with $more', async ({ more, category }) => {
  await using it = connectClient();
  it.fake.before = ({ progress }) => {
    progress.warn('It went less well.');
    return Promise.resolve();
  };
  await it.client.body('initialize', initialize);
  it.client.send('launch', { target: 'web', debug: programs.node.debug, ...more });
  const warned = await it.client.waitForEvent('output', ({ body }) =>
    String(body?.output).includes('less well'),
  );
  expect(warned.body).toEqual({ category, output: 'It went less well.\n' });
});

test('a failed launch has a button that knows the session, one that was cancelled is told in the console', async () => {
  await using it = connectClient({ nextCommand: 'localprocess-k8s.next' });
  it.fake.before = () => Promise.reject(new LaunchError('target-missing', 'Cannot find "web".'));
  await it.client.body('initialize', initialize);
  const answer = await it.client.request('launch', {
    debug: programs.node.debug,
    __sessionId: 'of the editor',
  });
  const { url, urlLabel } = answer.body?.error ?? {};
  expect(urlLabel).toBe('Choose Another Target');
  expect(decodeURIComponent(url ?? '')).toContain('"debugSession":"of the editor"');

  await using other = connectClient({ nextCommand: 'localprocess-k8s.next' });
  other.fake.before = () => Promise.reject(new LaunchError('cancelled', 'The launch was cancelled.'));
  await other.client.body('initialize', initialize);
  const cancelled = await other.client.request('launch', { debug: programs.node.debug });
  expect(cancelled.body?.error).toMatchObject({ id: 600, showUser: false });
  await other.client.waitForEvent('terminated');
  expect(other.client.output('console')).toContain('The launch was cancelled.\n');
});
