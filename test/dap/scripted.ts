import { serveOnTcp, type Converse } from '../../adapter/dap/server.ts';
import { PassThrough } from '../../adapter/passthrough.ts';
import { sessions } from '../../adapter/serve.ts';
import type { FakeLaunch } from '../fakeLaunch.ts';
import { frame, listening, Wire } from './wire.ts';

/** A message as bytes. */
export const json = (message: object) => frame(JSON.stringify(message));

/**
 * An editor and a debug adapter, both scripted, with the relay between them on real sockets, after `initialize`: a
 * pass-through, or with `fake` a session that has been told to launch with these `args`.
 */
export async function connected(
  fake?: FakeLaunch,
  args: object = { debug: { type: 'debugpy', request: 'launch' } },
) {
  const adapters = await listening();
  const debugAdapter = { host: '127.0.0.1', port: adapters.port };
  const through: Converse = (input, output, { strict }) =>
    new PassThrough(input, output, {
      ...{ command: { by: 'address', ...debugAdapter }, strict },
      ...{ onWords: () => undefined, tell: () => undefined },
    });
  const session = fake && sessions({ launch: fake.launch, mainScript: 'no-main-script' });
  const server = await serveOnTcp(0, session ?? through);
  const editor = await Wire.dial(server.port);
  await editor.write(
    json({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'debugpy' } }),
  );
  if (session) {
    await editor.until(({ length }) => length === 1);
    const whole = { ...args, debugAdapter };
    await editor.write(json({ seq: 2, type: 'request', command: 'launch', arguments: whole }));
  }
  const child = await adapters.accept();
  await child.until(({ length }) => length === 1);
  await child.write(json({ seq: 1, type: 'response', request_seq: 1, success: true, command: 'initialize' }));
  await editor.until(({ length }) => length >= 1);
  return {
    editor,
    child,
    [Symbol.asyncDispose]: async () => {
      await editor[Symbol.asyncDispose]();
      await child[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await adapters[Symbol.asyncDispose]();
    },
  };
}
