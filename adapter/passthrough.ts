import type { Configuration } from './configuration.ts';
import { Diagnostics } from './diagnostics.ts';
import type { Connected, LaunchContext } from './launch.ts';
import type { LaunchArguments } from '../schemas/launch.d.ts';

/** A launch that has no cluster: `debugAdapter` gets what the editor sends, as it comes. */
export function passThrough(debugAdapter: NonNullable<LaunchArguments['debugAdapter']>) {
  return async (configuration: unknown, context: LaunchContext): Promise<Connected> => {
    await context.delegate({
      debug: configuration as Configuration['debug'],
      debugAdapter,
      verbatim: true,
      environment: {},
      isolation: undefined,
      onProcess: () => undefined,
    });
    return {
      leave: () => Promise.resolve(),
      keep: () => Promise.resolve(),
      lost: new Promise(() => undefined),
      logPath: '',
      diagnostics: new Diagnostics({ session: '', since: new Date().toISOString(), log: '' }),
    };
  };
}
