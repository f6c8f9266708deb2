import { expect, test } from '@jest/globals';
import { LaunchError } from '../../adapter/errors.ts';
import type { LaunchContext } from '../../adapter/launch.ts';
import { connectClient, initialize, programs } from '../harness.ts';

const question = { id: 'port', text: 'Port 3000 is taken. Stop it?', choices: ['Stop it', 'Cancel'] };

/** A session whose launch asks the question, and then fails with the answer. */
function asking(seen: { context?: LaunchContext } = {}) {
  const session = connectClient();
  session.fake.before = async (context) => {
    seen.context = context;
    const choice = await context.ask?.(question, context.signal);
    throw new LaunchError('port-in-use', `The answer: ${choice ?? 'nobody was asked'}.`);
  };
  return session;
}

function launch(session: ReturnType<typeof connectClient>, more: object = { __questions: true }) {
  return session.client.send('launch', { target: 'web', debug: programs.node.debug, ...more });
}

test('an editor that can ask is asked, and its answer counts', async () => {
  await using session = asking();
  const { client } = session;
  await client.body('initialize', initialize);
  const { answer } = launch(session);
  const { body } = await client.waitForEvent('localprocess-k8s.question');
  expect(body).toEqual(question);
  await client.body('localprocess-k8s.answer', { id: 'port', choice: 'Stop it' });
  expect((await answer).message).toBe('The answer: Stop it.');
});

test.each([{}, { __questions: false }, { __questions: 'yes' }])(
  'an editor that did not say it can ask is not asked (%j)',
  async (more) => {
    await using session = asking();
    const { client } = session;
    await client.body('initialize', initialize);
    expect((await launch(session, more).answer).message).toBe('The answer: nobody was asked.');
    expect(client.events('localprocess-k8s.question')).toEqual([]);
  },
);

test('wrong answers are refused with the reason, and the question stays open', async () => {
  await using session = asking();
  const { client } = session;
  await client.body('initialize', initialize);
  const early = await client.request('localprocess-k8s.answer', { id: 'port', choice: 'Stop it' });
  expect(early).toMatchObject({ success: false, message: expect.stringContaining('none of that name') });
  const { answer } = launch(session);
  await client.waitForEvent('localprocess-k8s.question');
  const wrong: [unknown, string][] = [
    [{ id: 'other', choice: 'Stop it' }, 'the question "other": none of that name was asked'],
    [
      { id: 'port', choice: 'Perhaps' },
      '"Perhaps" as the answer to the question "port": choose one of "Stop it", "Cancel".',
    ],
    [{ id: 'port' }, 'Cannot take nothing as the answer'],
    [{ id: 'port', choice: 0 }, 'Cannot take 0 as the answer'],
    [{ choice: 'Stop it' }, 'without "id"'],
    [undefined, 'without "id"'],
  ];
  for (const [args, words] of wrong) {
    const refused = await client.request('localprocess-k8s.answer', args);
    expect(refused).toMatchObject({ success: false, message: expect.stringContaining(words) });
  }
  await client.body('localprocess-k8s.answer', { id: 'port', choice: 'Cancel' });
  expect((await answer).message).toBe('The answer: Cancel.');
  const twice = await client.request('localprocess-k8s.answer', { id: 'port', choice: 'Stop it' });
  expect(twice).toMatchObject({ success: false, message: expect.stringContaining('has been answered') });
});

test.each(['progressId', 'requestId', 'terminate', 'disconnect'])(
  'a question ends with a launch that is cancelled by %s',
  async (how) => {
    await using session = asking();
    const { client } = session;
    await client.body('initialize', { ...initialize, supportsProgressReporting: true });
    const { seq, answer } = launch(session);
    const { progressId } = (await client.waitForEvent('progressStart')).body ?? {};
    await client.waitForEvent('localprocess-k8s.question');
    if (how === 'progressId') await client.body('cancel', { progressId });
    else if (how === 'requestId') await client.body('cancel', { requestId: seq });
    else await client.body(how, {});
    expect(await answer).toMatchObject({ success: false, body: { error: { id: 600 } } });
    if (how === 'disconnect') return;
    const late = await client.request('localprocess-k8s.answer', { id: 'port', choice: 'Stop it' });
    expect(late).toMatchObject({ success: false, message: expect.stringContaining('or withdrawn') });
  },
);

test('a question ends with an editor that has gone', async () => {
  const seen: { context?: LaunchContext } = {};
  await using session = asking(seen);
  const { client } = session;
  await client.body('initialize', initialize);
  launch(session);
  await client.waitForEvent('localprocess-k8s.question');
  client.hangUp();
  await session.session.done;
  await expect(seen.context?.ask?.({ ...question, id: 'late' }, seen.context.signal)).rejects.toMatchObject({
    code: 'cancelled',
  });
});
