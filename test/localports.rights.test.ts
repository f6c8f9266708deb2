import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { firstLine, ordinaryUser } from './machine/helper.ts';
import { listening, run, type Running } from './machine/processes/occupant.ts';
import { bundle, temporaryFolder } from './machine/script.ts';

/** What an adapter does for its ports, as a program; prints the error, or "freed". */
const adapterProgram = `
  import { makePortsFree } from '../localports.ts';
  import { onDemand, serveHelper } from './administrator.ts';
  import { Log } from '../log.ts';
  import { UndoStack } from '../undo.ts';
  if (process.argv[2] === 'helper') await serveHelper(process.argv.slice(3));
  else {
    const progress = { step() {}, say: (text) => console.error(text), warn() {} };
    const log = new Log('test', '/dev/null');
    const undo = new UndoStack(log);
    const signal = new AbortController().signal;
    const mainScript = process.argv[1];
    const administrator = onDemand({ session: 'ports-' + process.pid, mainScript, log, signal, progress }, undo);
    const asked = [];
    const ask = (question) => { asked.push(question.text); return Promise.resolve(question.choices[0]); };
    const answer = await makePortsFree([{ local: Number(process.argv[2]), remote: 80 }], {
      conflict: process.argv[3] ?? 'stop', ask, administrator, ending: [], mainScript, progress, signal,
    }).then(() => ({ freed: true, asked }), ({ code, message }) => ({ code, message, asked }));
    await undo.undo();
    console.log(JSON.stringify(answer));
  }`;

async function adapterScript() {
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const path = join(folder.path, 'adapter.mjs');
  await bundle(adapterProgram, path);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

interface Found {
  freed?: boolean;
  code?: string;
  message?: string;
  asked: string[];
}

test('what has started the adapter, the editor itself, is never ended', async () => {
  await using script = await adapterScript();
  await using editor = await run(
    `const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      const { stdout } = require('node:child_process').spawn(process.execPath, [process.argv[1], port, 'stop'], { stdio: ['ignore', 'pipe', 'inherit'] });
      stdout.once('data', (text) => { console.log('0'); process.stderr.write(text); });
    });`,
    [script.path],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [answer] = (await once(editor.child.stderr ?? process.stdin, 'data')) as [Buffer];
  const found = JSON.parse(answer.toString()) as Found;
  expect(found.code).toBe('port-in-use');
  expect(found.message).toContain(`Process ${editor.pid} has started this session: end it by yourself.`);
  expect(editor.child.exitCode).toBeNull();
});

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** Runs the adapter's part as an ordinary user, whom \`rule\` gives rights by sudo, against a server of \`owner\`. */
async function asOrdinary(
  rule: string | undefined,
  conflict: string,
  owner: 'root' | 'self',
  check: (found: Found, server: Running, uid: number) => Promise<void> | void,
): Promise<void> {
  await using script = await adapterScript();
  await using user = await ordinaryUser(rule);
  const { uid, gid } = user;
  await using server = await run(listening, [0], owner === 'self' ? { uid, gid } : {});
  const adapter = spawn(process.execPath, [script.path, String(server.said[0]), conflict], {
    ...{ uid, gid, stdio: 'pipe', env: { PATH: process.env.PATH } },
  });
  const ended = once(adapter, 'exit');
  const found = JSON.parse(await firstLine(adapter)) as Found;
  await ended;
  await check(found, server, uid);
}

asRoot(
  'a process of another user is ended by the helper alone, which also finds its name, id and command',
  () =>
    asOrdinary('ALL=(root) NOPASSWD: ALL', 'ask', 'root', async (found, server) => {
      expect(found).toMatchObject({ freed: true });
      expect(found.asked).toHaveLength(1);
      expect(found.asked[0]).toContain(`"node" (process ${server.pid}, "`);
      expect(await server.ended).toBe('SIGTERM');
    }),
);

asRoot('without rights a process of another user stays, and the error says so', () =>
  asOrdinary(undefined, 'stop', 'root', (found, server) => {
    expect(found).toMatchObject({ code: 'administrator-refused', asked: [] });
    expect(found.message).toContain(`to see which process has port "${server.said[0]}"`);
    expect(isAlive(server)).toBe(true);
  }),
);

asRoot('nobody is asked for rights where the conflict is an error anyway', () =>
  asOrdinary('ALL=(root) NOPASSWD: ALL', 'fail', 'root', (found, server) => {
    expect(found).toMatchObject({ code: 'port-in-use' });
    expect(found.message).toContain('A process of user 0 listens on');
    expect(isAlive(server)).toBe(true);
  }),
);

asRoot('an ordinary user’s own process needs no rights', () =>
  asOrdinary(undefined, 'stop', 'self', async (found, server) => {
    expect(found).toMatchObject({ freed: true });
    expect(await server.ended).toBe('SIGTERM');
  }),
);

function isAlive({ child }: Running): boolean {
  return child.exitCode === null && child.signalCode === null;
}
