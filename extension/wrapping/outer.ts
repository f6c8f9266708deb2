/** A launch configuration, ours or the one it wraps. */
export type Configuration = Record<string, unknown>;

/** The user's own configuration, and ours around it, which says no more of `debug`. */
export interface Pair {
  outer: Configuration;
  debug: Configuration;
}

/**
 * What VS Code, or an extension for every type, looks for in the outer configuration alone. Source: VS Code 1.100,
 * debugService.ts, debugTaskRunner.ts, and its extension debug-server-ready.
 */
const outerOnly = [
  'preLaunchTask',
  'postDebugTask',
  'preRestartTask',
  'postRestartTask',
  'serverReadyAction',
  'internalConsoleOptions',
  'suppressMultipleSessionWarning',
] as const;

/**
 * Moves to the outer configuration what would not be seen inside. What both have stays as the outer one has it;
 * `notes` says so. Tasks run once variables are filled in, so this comes before.
 */
export function lifted({ outer, debug }: Pair): Pair & { notes: string[] } {
  const inside = outerOnly.filter((name) => debug[name] !== undefined);
  const both = inside.filter(
    (name) => outer[name] !== undefined && JSON.stringify(outer[name]) !== JSON.stringify(debug[name]),
  );
  // A number there is a debug adapter that listens. Outside it would be taken for ours.
  const { debugServer: port } = debug;
  const dials = typeof port === 'number' && outer.debugAdapter === undefined;
  return {
    outer: {
      ...Object.fromEntries(inside.map((name) => [name, debug[name]])),
      ...(dials ? { debugAdapter: { port } } : {}),
      ...outer,
    },
    debug: without(debug, [...inside, 'debugServer']),
    notes: both.map(
      (name) =>
        `"${name}" stands both in "debug" and beside it: the outer one is used. Leave one of them out.`,
    ),
  };
}

/** The configuration as it is on this system. VS Code merges these blocks in the outer configuration alone. */
export function onPlatform(debug: Configuration, platform: NodeJS.Platform): Configuration {
  const names: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows', darwin: 'osx', linux: 'linux' };
  const block = debug[names[platform] ?? ''];
  return without({ ...debug, ...(isObject(block) ? block : {}) }, ['windows', 'osx', 'linux']);
}

/** The configuration without some attributes. */
export function without(configuration: Configuration, names: readonly string[]): Configuration {
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => !names.includes(name)));
}

/** Whether it is an object as JSON knows it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
