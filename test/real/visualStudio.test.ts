import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { expectConversation, expectGone, expectInitializedOnce } from '../editors/expectations.ts';
import { Run } from '../editors/run.ts';
import { visualStudio } from '../editors/visualStudio.ts';
import { breakpointLine, mainScript, root, services } from './support/f5.ts';
import { expectUnchanged, InsidePod, kubeconfig, Namespace, snapshot } from './support/harness.ts';

// What Visual Studio does is in ../editors/visualStudio.ts: it asks for the launch before "initialize" is answered, says no
// adapter's id, knows no child sessions, tries memory out with nothing, and gives up on a failure or a number of more than
// 32 bits. It is started by the sample's launch.json, but for the paths.

const { url, file } = services.node;
const { $adapterArgs, ...configuration } = JSON.parse(
  readFileSync(join(root, 'samples', 'visual-studio', 'launch.json'), 'utf8'),
) as { $adapterArgs: string; debug: { program: string } };
const [, ...args] = $adapterArgs.split(' ');

let shop: Namespace;
let inside: InsidePod;
beforeAll(async () => {
  shop = await Namespace.create('visual-studio');
  inside = await InsidePod.start(shop);
});
afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

/** F5 with the sample, where it is not `changed`. */
async function pressF5(changed: object = {}): Promise<Run> {
  const PATH = [join(root, '.tools'), process.env.PATH].join(delimiter);
  const run = Run.start(visualStudio, { mainScript, args, env: { PATH } });
  const debug = { ...configuration.debug, program: file, cwd: join(file, '..') };
  const here = { debug, kubeconfig, namespace: shop.name, env: { ANSWERED_BY: 'local' } };
  await run.begin({ ...configuration, ...here, ...changed }, 'launch', null);
  return run;
}

/** Resolves when the user reads this, in the output window or as progress. */
async function said({ client }: Run, words: RegExp): Promise<void> {
  await client.waitForEvent(['output', 'progressStart', 'progressUpdate'], ({ body }) =>
    words.test([body?.output, body?.title, body?.message].join('\n')),
  );
}

/** What would end the session in Visual Studio, or be lost: none of it happened. */
function expectBearable({ client }: Run, failed: readonly string[] = []): void {
  const incoming = client.log.filter(({ direction }) => direction === 'in').map(({ message }) => message);
  const failures = incoming.filter(({ type, success }) => type === 'response' && success !== true);
  expect(failures.map(({ command }) => command)).toEqual(failed);
  expect(incoming.filter(({ type }) => type === 'request')).toEqual([]);
  expect(incoming.at(-1)).toMatchObject({ type: 'response', command: 'disconnect' });
}

test('a request made in the cluster stops on the breakpoint, and is answered; then everything is as it was', async () => {
  const before = await snapshot(shop);
  {
    await using run = await pressF5();
    const { client } = run;
    const line = breakpointLine(file);
    await client.waitForEvent('initialized');
    await visualStudio.configure(run, { file, line });
    await said(run, /is served from this machine now/);
    expect(await run.launched).toMatchObject({ success: true });
    await shop.originalsGone('service/web');

    const asked = inside.request(`${url}?item=pear`);
    const { threadId, variables } = await run.lookAround();
    const values = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({ item: "'pear'", greeting: "'good morning'" });
    expect(Number(values.visits)).toBeGreaterThan(0);
    const { stackFrames } = (await client.body('stackTrace', {
      threadId,
    })) as DebugProtocol.StackTraceResponse['body'];
    expect(stackFrames[0]).toMatchObject({ line, source: { path: file } });
    const { memoryReference } = await client.body('evaluate', {
      expression: 'Buffer.from(process.env.API_KEY)',
      frameId: stackFrames[0]?.id,
      context: 'repl',
    });
    expect(typeof memoryReference).toBe('string');
    await client.body('readMemory', { memoryReference, count: 0 });

    await client.body('continue', { threadId });
    const answer = await asked;
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ answeredBy: 'local', item: 'pear', price: { price: 4 } });

    const family = await run.family();
    await visualStudio.stop(run);
    expect(await run.exited()).toEqual({ code: 0, signal: null });
    await expectGone(family);
    expectConversation(run);
    expectInitializedOnce(run);
    expectBearable(run);
  }
  await expectUnchanged(before, shop);
});

test('stopped on the breakpoint, while the cluster waits for an answer', async () => {
  const before = await snapshot(shop);
  {
    await using run = await pressF5();
    await run.client.waitForEvent('initialized');
    await visualStudio.configure(run, { file, line: breakpointLine(file) });
    await said(run, /is served from this machine now/);
    await shop.originalsGone('service/web');
    const asked = inside.request(url);
    await run.lookAround();
    await visualStudio.stop(run);
    expect(await run.exited()).toEqual({ code: 0, signal: null });
    // Nobody can answer it any more; how it ends is up to whoever was asked.
    await asked.catch(() => undefined);
    expectConversation(run);
    expectBearable(run);
  }
  await expectUnchanged(before, shop);
});

test('stopped during the launch: the only failure is that of the launch', async () => {
  const before = await snapshot(shop);
  {
    await using run = await pressF5();
    await said(run, /Placing the agent/);
    await visualStudio.stop(run);
    expect(await run.exited()).toEqual({ code: 0, signal: null });
    expect(await run.launched).toMatchObject({ success: false, body: { error: { id: 600 } } });
    expectConversation(run);
    expectBearable(run, ['launch']);
  }
  await expectUnchanged(before, shop);
});

test('a target that is not there fails the launch in words that Visual Studio shows', async () => {
  const before = await snapshot(shop);
  {
    await using run = await pressF5({ target: 'service/wep' });
    const { success, body } = await run.launched;
    expect(success).toBe(false);
    expect(body?.error).toMatchObject({ id: 206, showUser: true });
    expect(body?.error?.format).toContain('"wep"');
    await visualStudio.stop(run);
    expect(await run.exited()).toEqual({ code: 0, signal: null });
    expectConversation(run);
    expectBearable(run, ['launch']);
  }
  await expectUnchanged(before, shop);
});
