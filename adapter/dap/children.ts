import { LaunchError } from '../errors.ts';

/** Where a child session's debugger listens, and what type it was before it became ours. */
export interface Marker {
  host: string;
  port: number;
  type: string;
}

/** The attribute that makes a second adapter skip the cluster and connect to a debugger that runs already. */
const attribute = '__localprocess';
/** The attribute of an editor's integration that starts child sessions itself. */
const childrenAttribute = '__startsChildren';
const ourType = 'localprocess-k8s';
const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * The configuration of a `startDebugging` request for the editor: of our type (VS Code would force that
 * anyway) and marked. No `debugServer`: a child that VS Code connected to the debugger itself would announce its own
 * children without a mark. `undefined` when nobody says where the child can be reached.
 */
export function markedConfiguration(
  configuration: Record<string, unknown>,
  address: { host: string; port: number } | undefined,
): Record<string, unknown> | undefined {
  const reached = address ?? announcedAddress(configuration);
  if (!reached) return undefined;
  const { type } = configuration;
  const marker: Marker = { ...reached, type: typeof type === 'string' ? type : '' };
  return { ...configuration, type: ourType, [attribute]: marker };
}

/**
 * The marker in launch arguments and the arguments as they were without it; `undefined` without marker.
 * Throws a `LaunchError` for a marker that leads anywhere but to this machine.
 */
export function readMarker(
  args: Record<string, unknown>,
): { marker: Marker; configuration: Record<string, unknown> } | undefined {
  const marker = args[attribute] as Partial<Marker> | undefined;
  if (marker === undefined) return undefined;
  const { host, port, type } = marker;
  if (
    typeof host !== 'string' ||
    !loopback.has(host) ||
    typeof port !== 'number' ||
    typeof type !== 'string'
  ) {
    throw new LaunchError(
      'configuration-invalid',
      `Cannot join a child session with this "${attribute}": the attribute is set by the adapter alone. Leave it out.`,
      { attribute },
    );
  }
  const kept = Object.entries(args).filter(([name]) => name !== attribute && name !== childrenAttribute);
  return { marker: { host, port, type }, configuration: { ...Object.fromEntries(kept), type } };
}

/**
 * Whether launch arguments say that the editor's integration starts child sessions itself: it sets
 * `"__startsChildren": true`, and takes the event `localprocess-k8s.startChild` with `{request, configuration}` in
 * place of the request `startDebugging`. Only so can it tell VS Code that stopping a child is to stop its parent.
 */
export function startsChildren(args: Record<string, unknown>): boolean {
  return args[childrenAttribute] === true;
}

/** debugpy says in `connect` (older ones in `host` and `port`) where a child process waits. */
function announcedAddress(
  configuration: Record<string, unknown>,
): { host: string; port: number } | undefined {
  const connect = (configuration.connect ?? configuration) as { host?: unknown; port?: unknown };
  const { host = '127.0.0.1', port } = connect;
  return typeof host === 'string' && loopback.has(host) && typeof port === 'number'
    ? { host, port }
    : undefined;
}

/** Variables; `null` means not set. */
type Environment = Record<string, string | null>;

/**
 * The value without the cluster's variables, wherever in it an `env` holds them: a debugger that repeats its
 * launch arguments must not carry secrets to the editor. Those the user has set themselves stay.
 */
export function withoutVariables(value: unknown, environment: Environment): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => withoutVariables(one, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      name,
      name === 'env' || name === 'environment'
        ? purged(one, environment)
        : withoutVariables(one, environment),
    ]),
  );
}

function purged(env: unknown, environment: Environment): unknown {
  const isClusters = (name: string, value: unknown) => name in environment && environment[name] === value;
  if (Array.isArray(env)) {
    return env.filter((one: unknown) => {
      if (typeof one !== 'string') {
        const { name, value } = (one ?? {}) as { name?: unknown; value?: unknown };
        return !isClusters(String(name), value);
      }
      const [name = '', ...rest] = one.split('=');
      return !isClusters(name, rest.join('='));
    });
  }
  if (typeof env !== 'object' || env === null) return env;
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => !isClusters(name, value)));
}
