import { readConfiguration } from '../../configuration.ts';

type Attributes = Record<string, unknown>;

/** A debug configuration as VS Code has it: an object of attributes, `type` among them. */
export type DebugAttributes = Attributes & { type: string };

/** What a configuration is made of. */
export interface Parts {
  name: string;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
  target: string;
  /** `LOCAL:REMOTE`; absent: each of the container's, same number here. */
  ports?: readonly string[] | undefined;
  /** The user's own configuration, as it would stand in a launch.json. */
  wrapped: DebugAttributes;
}

/** What VS Code does about a configuration itself: inside of another one it does not look for it. */
const editorsOwn = ['preLaunchTask', 'postDebugTask', 'serverReadyAction', 'internalConsoleOptions'];
/** What has a configuration's place in the editor, and none inside of another. */
const displaced = ['name', 'presentation'];
/** Attributes for one system each, as VS Code calls them; only a configuration's own count. */
const systems = ['windows', 'linux', 'osx'] as const;

/**
 * The configuration that wraps the user's own: a `localprocess-k8s` one, its attributes in the order in which people read
 * them. What VS Code ignores inside of another configuration is outside: tasks, and what differs by system.
 * @throws LaunchError `configuration-invalid`
 */
export function wrap({ name, wrapped, ...about }: Parts): Attributes {
  const whole = Object.fromEntries(
    Object.entries(wrapped).filter(([key]) => !(systems as readonly string[]).includes(key)),
  );
  const { outer, debug } = split(whole);
  const bySystem = systems.flatMap((system) => {
    const section = wrapped[system];
    if (!isObject(section)) return [];
    // VS Code puts the section's attributes over the configuration's, `debug` as a whole.
    const merged = split({ ...whole, ...section });
    const own = Object.entries(merged.outer).filter(([key, value]) => outer[key] !== value);
    return [[system, { ...Object.fromEntries(own), debug: merged.debug }] as const];
  });
  const configuration = {
    name,
    type: 'localprocess-k8s',
    request: 'launch',
    ...defined(about),
    ...outer,
    debug,
    ...Object.fromEntries(bySystem),
  };
  readConfiguration(configuration);
  return configuration;
}

function split(attributes: Attributes): { outer: Attributes; debug: Attributes } {
  const entries = Object.entries(attributes);
  return {
    outer: Object.fromEntries(entries.filter(([key]) => editorsOwn.includes(key))),
    debug: Object.fromEntries(entries.filter(([key]) => ![...editorsOwn, ...displaced].includes(key))),
  };
}

/** The configuration as VS Code takes it on this system. */
export function forThisSystem(configuration: Attributes): Attributes {
  const { windows, linux, osx, ...rest } = configuration;
  const section = { win32: windows, darwin: osx }[process.platform as string] ?? linux;
  return { ...rest, ...(isObject(section) && section) };
}

/** What another editor than VS Code knows nothing of is left out; what is for this system alone is put in its place. */
export function withoutVsCode(configuration: Attributes): { configuration: Attributes; leftOut: string[] } {
  const merged = forThisSystem(configuration);
  const leftOut = editorsOwn.filter((key) => key in merged);
  const kept = Object.entries(merged).filter(([key]) => !editorsOwn.includes(key));
  return { configuration: Object.fromEntries(kept), leftOut };
}

export function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function defined(attributes: object): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
