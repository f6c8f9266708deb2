import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, test } from '@jest/globals';
import { DapClient } from '../dap/client.ts';
import { buildAdapter, root } from '../harness.ts';
import { debugpy, delve, jsDebug, type Make } from './adapters.ts';
import type { Recording } from './recorder.ts';
import * as scripts from './scripts.ts';
import { both } from './subject.ts';
import type { Way } from './ways.ts';

// A session with a cluster does more than pass messages on. What an editor sees of the debugger is the same all the
// same: these tests compare it, with a launch that has no cluster, and everything that is meant to differ is here.

/** Two capabilities are always there, and answered where the debugger does not take them: the launch itself needs them. */
const ours = ['supportsConfigurationDoneRequest', 'supportsCancelRequest'];
/** What a launch says of its progress. */
const progress = /^(?:Connecting to the cluster|Starting the debugger)\n/gm;
/** A second one is withheld: for an editor, the session ended with the first, and the cluster has been left. */
const once = 'terminated';

/**
 * A child's configuration leads to the adapter again, which then knows that it needs no cluster; and its variables are
 * without the cluster's.
 */
const marks = ['type', '__localprocess', 'env'];

function comparable({ notes, events, output, asked }: Recording): Recording {
  return {
    asked: (asked as { command: string; arguments: Record<string, object> }[]).map(
      ({ command, arguments: { configuration = {} } }) => ({
        command,
        // What is to run in a terminal is fetched by our own launcher: what it prints is compared.
        arguments: command === 'runInTerminal' ? '*' : without(marks, configuration),
      }),
    ),
    notes: notes.map(({ of, came }) => ({ of, came: of === 'initialize' ? withoutOurs(came) : came })),
    events: Object.fromEntries(
      Object.entries(events).map(([thread, all]) => [
        thread,
        (all as { event: string }[]).filter(
          (one, index, list) => one.event !== once || list.findIndex(({ event }) => event === once) === index,
        ),
      ]),
    ),
    output: Object.fromEntries(
      Object.entries(output)
        .map(([category, text]) => [category, text.replace(progress, '')] as const)
        .filter(([, text]) => text !== ''),
    ),
  };
}

function withoutOurs(came: unknown): unknown {
  const answer = came as { body: object };
  return { ...answer, body: without(ours, answer.body) };
}

function without(names: readonly string[], object: object): unknown {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
const main = await buildAdapter();
afterAll(async () => {
  await main[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** To a debugger as a session starts it: `type` is known from the beginning, as editors' integrations say it. */
function session(type: string): Promise<Way> {
  const path = [join(root, '.tools'), join(root, '.venv', 'bin'), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path };
  return Promise.resolve({
    connect: () => Promise.resolve(DapClient.start(process.execPath, [main.path, type], { cwd: root, env })),
    wrap: ({ name, request, ...debug }) => ({ name, request, target: 'web', debug: { request, ...debug } }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

const { breakpoints, inspection, flood, restart, terminal, family, crowd, terminate } = scripts;
const played: Record<string, [Make, (typeof breakpoints)[]]> = {
  debugpy: [debugpy, [breakpoints, restart, terminal, family, terminate]],
  delve: [delve, [breakpoints, inspection, flood, restart, crowd, terminate]],
  'js-debug': [jsDebug, [breakpoints, restart, family]],
};
for (const [name, [make, all]] of Object.entries(played)) {
  const made = await make({ main: main.path, folder });
  if ('missing' in made) throw new Error(made.missing);
  const type = String(made.launch.type);
  // A session ends with the answer to `disconnect`: what the debugger says after that reaches nobody.
  const subject = { ...made, untidy: true, ways: { direct: made.ways.direct, relayed: () => session(type) } };
  for (const script of all)
    test(`a session with ${name}: ${script.name}`, async () => {
      await both(subject, script, comparable);
    });
}
