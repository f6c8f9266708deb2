import { launch } from '../launch.ts';
import { serveStdio, serveTcp } from '../session.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';

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
} as const satisfies Options;

/** `localprocess-k8s dap`, and the default: the debug adapter. */
export const dap: Command = {
  name: 'dap',
  synopsis: '[--listen PORT] [--debugger TYPE]',
  summary: 'Serves the Debug Adapter Protocol to an editor.',
  options,
  async start(args, mainScript) {
    const { listen, debugger: debuggerType } = parse(args, options).values;
    const serving = { launch, mainScript, ...(debuggerType === undefined ? {} : { debuggerType }) };
    if (listen === undefined) await serveStdio(serving);
    else {
      if (!/^\d{1,5}$/.test(listen) || Number(listen) > 65535)
        throw commandInvalid(`"--listen" has to be a port from 0 to 65535, and is "${listen}".`);
      await using server = await serveTcp(Number(listen), serving);
      process.stderr.write(`Listening on 127.0.0.1:${server.port}\n`);
      await server.closed;
    }
    return 0;
  },
};
