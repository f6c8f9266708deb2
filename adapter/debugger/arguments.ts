import type { DebugConfiguration } from './command.ts';
import { withEnvironment, type Environment } from './environment.ts';
import { presetOf } from './presets.ts';

/** What surrounds the user's own configuration. */
export interface Surroundings {
  /** Our launch arguments, which hold `debug`: the editor's own attributes stand on this level. */
  outer: Record<string, unknown>;
  environment: Environment;
  /** The debugger's only child session is folded into its parent. */
  folds: boolean;
  /** The editor starts the debugger: variables can only be in its arguments. Default: false. */
  byEditor?: boolean;
}

/**
 * The launch arguments that the real debugger gets: the user's own configuration with `environment` under
 * their variables, what an editor's extension would have filled in, and `noDebug` and `__restart`, which
 * editors set on the outer configuration only.
 */
export async function childArguments(
  debug: DebugConfiguration,
  { outer, environment, folds, byEditor = false }: Surroundings,
): Promise<Record<string, unknown>> {
  const preset = presetOf(debug.type);
  const style = preset?.environment ?? 'env';
  const configuration = await withEnvironment(
    debug,
    environment,
    byEditor && style === 'none' ? 'env' : style,
  );
  const { name, noDebug, __restart } = outer;
  return {
    // Without it js-debug would stop every process its child starts until somebody debugs that, too.
    ...(folds ? { autoAttachChildProcesses: false } : {}),
    ...(name === undefined ? {} : { name }),
    ...(noDebug === undefined ? {} : { noDebug }),
    ...(__restart === undefined ? {} : { __restart }),
    request: 'launch',
    ...configuration,
    ...preset?.defaults?.(debug),
    type: preset?.types[0] ?? debug.type,
  };
}
