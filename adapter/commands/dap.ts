import { serveOnStdio, serveOnTcp, type Converse } from '../dap/server.ts';
import { launch } from '../launch.ts';
import { adapterCommand, PassThrough } from '../passthrough.ts';
import { sessions } from '../serve.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';
import { tell } from './terminal.ts';

const options = {
  listen: {
    type: 'string',
    value: 'PORT',
    help: 'Serve every editor that connects to 127.0.0.1. Default: one, on standard input and output.',
  },
  debugger: {
    type: 'string',
    value: 'TYPE',
    help: 'The `debug.type` to expect: its capabilities are then the debugger’s own.',
  },
  'next-command': {
    type: 'string',
    value: 'COMMAND',
    help: 'The editor’s command behind the button of an error: it gets `{code, attribute, step}`.',
  },
  connect: {
    type: 'string',
    value: 'HOST:PORT',
    help: 'No cluster: hand everything to the debug adapter that listens there.',
  },
  adapter: {
    type: 'string',
    value: 'COMMAND…',
    help: 'No cluster: hand everything to a debug adapter started so. The rest of the line is its.',
  },
} as const satisfies Options;

/** `localprocess-k8s dap`, and the default: the debug adapter. */
export const dap: Command = {
  name: 'dap',
  synopsis: '[--listen PORT] [--debugger TYPE | --connect HOST:PORT | --adapter COMMAND…]',
  summary: 'Serves the Debug Adapter Protocol to an editor.',
  options,
  tail: '--adapter',
  async start(args, mainScript) {
    const at = args.indexOf('--adapter');
    const [own, line] = at < 0 ? [args, undefined] : [args.slice(0, at), args.slice(at + 1)];
    const {
      listen,
      debugger: debuggerType,
      'next-command': nextCommand,
      ...values
    } = parse(own, options).values;
    const given = adapterOf(line ?? (values.adapter && [values.adapter]), values.connect);
    if (given && debuggerType !== undefined)
      throw commandInvalid('"--debugger" names an adapter already: leave it out, or the other one.');
    const converse = given
      ? await passThrough(given)
      : sessions({
          launch,
          mainScript,
          ...(debuggerType !== undefined && { debuggerType }),
          ...(nextCommand !== undefined && { nextCommand }),
        });
    if (listen === undefined) await serveOnStdio(converse);
    else {
      if (!/^\d{1,5}$/.test(listen) || Number(listen) > 65535)
        throw commandInvalid(`"--listen" has to be a port from 0 to 65535, and is "${listen}".`);
      await using server = await serveOnTcp(Number(listen), converse);
      process.stderr.write(`Listening on 127.0.0.1:${server.port}\n`);
      await server.closed;
    }
    return 0;
  },
};

/** Editors and the given adapter, which has to be there. */
async function passThrough(given: Given): Promise<Converse> {
  const command = await adapterCommand(given);
  const onWords = (text: string) => void process.stderr.write(text);
  return (input, output, framing) => new PassThrough(input, output, { ...framing, command, onWords, tell });
}

type Given = Parameters<typeof adapterCommand>[0];

/** The one adapter that is named; `undefined` when none is. */
function adapterOf(line: readonly string[] | undefined | '', connect: string | undefined): Given | undefined {
  if (line !== undefined && connect !== undefined)
    throw commandInvalid('"--adapter" and "--connect" both name an adapter: give one of them.');
  if (connect !== undefined) {
    const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(connect) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined || !(Number(port) >= 1 && Number(port) <= 65535))
      throw commandInvalid(`"--connect" has to be HOST:PORT, e.g. "127.0.0.1:4711", and is "${connect}".`);
    return { host, port: Number(port) };
  }
  if (line === undefined) return undefined;
  const [command, ...args] = line;
  if (command === undefined || command === '')
    throw commandInvalid('"--adapter" needs a command, e.g. "--adapter python3 -m debugpy.adapter".');
  return { command, args };
}
