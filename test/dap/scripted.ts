import { passThrough } from '../../adapter/passthrough.ts';
import { serveTcp } from '../../adapter/serve.ts';
import type { FakeLaunch } from '../fakeLaunch.ts';
import { frame, listening, Wire } from './wire.ts';

/** A message as bytes. */
export const json = (message: object) => frame(JSON.stringify(message));

/** An editor and a debug adapter, both scripted, with the relay between them on real sockets, after `initialize`. */
export async function connected(fake?: FakeLaunch) {
  const adapters = await listening();
  const debugAdapter = { host: '127.0.0.1', port: adapters.port };
  const launch = fake?.launch ?? passThrough(debugAdapter);
  const server = await serveTcp(0, { launch, mainScript: 'no-main-script', debugAdapter });
  const editor = await Wire.dial(server.port);
  await editor.write(
    json({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'debugpy' } }),
  );
  const child = await adapters.accept();
  await child.until(({ length }) => length === 1);
  await child.write(json({ seq: 1, type: 'response', request_seq: 1, success: true, command: 'initialize' }));
  await editor.until(({ length }) => length === 1);
  return {
    editor,
    child,
    debugAdapter,
    [Symbol.asyncDispose]: async () => {
      await editor[Symbol.asyncDispose]();
      await child[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await adapters[Symbol.asyncDispose]();
    },
  };
}
