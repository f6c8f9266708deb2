import type { DebuggerCommand } from '../../debugger/command.ts';
import { findDebugger, presets } from '../../debugger/presets.ts';
import { check, type Check } from './check.ts';
import type { Subject } from './subject.ts';

/** The debugger of the configuration; without one every debugger that can be found, of which nobody needs all. */
export async function checkDebuggers({ configuration, folder }: Subject): Promise<Check[]> {
  if (configuration !== undefined) {
    const { debug, debugAdapter } = configuration;
    return [
      await check(`debugger for "${debug.type}"`, async () =>
        inWords(await findDebugger(debug.type, debugAdapter, folder, debug)),
      ),
    ];
  }
  return Promise.all(
    presets.map((preset) => {
      const [type] = preset.types;
      // Some want to know a program before they are looked for.
      const any = { type, request: 'launch', script: 'program' } as const;
      return check(
        `debugger for "${type}"`,
        async () => inWords(await preset.find([folder], any)),
        'warning',
      );
    }),
  );
}

function inWords(command: DebuggerCommand): string {
  if (command.by === 'address')
    return `It is to listen on "${command.host}:${command.port}" when the session begins: that was not looked at.`;
  if (command.by === 'editor') return 'The editor starts it.';
  // What an interpreter runs tells more than the interpreter.
  const file = command.args.find((arg) => /\.[cm]?js$/.test(arg) && !arg.startsWith('data:'));
  return `"${file ?? command.command}".`;
}
