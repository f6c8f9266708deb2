import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { LaunchError, messageOf } from '../errors.ts';
import type { DebugConfiguration } from './command.ts';

/** Variables; `null` removes one. */
export type Environment = Record<string, string | null>;

/**
 * How a debugger takes variables in its launch arguments. Sources: each adapter's own documentation.
 * - `env`: an object
 * - `pairs`: `env`, an array of "NAME=VALUE"
 * - `named`: `environment`, an array of {name, value}
 * - `whole`: `env`, an object that replaces the whole environment
 * - `none`: not at all, only where the adapter is started
 */
type Style = 'env' | 'pairs' | 'named' | 'whole' | 'none';

const styles: Record<string, Style> = {
  'lldb-dap': 'pairs',
  gdb: 'whole',
  cppdbg: 'named',
  rdbg: 'none',
};

/** These take `null` for "not set"; for others what is removed has to be missing where the adapter starts. */
const removing = new Set(['pwa-node', 'node', 'debugpy', 'python', 'go']);

/**
 * The configuration with `environment` under the user's own variables: `envFile` wins over `environment`,
 * `env` over both. Throws a `LaunchError` when `envFile` cannot be read.
 */
export async function withEnvironment(
  debug: DebugConfiguration,
  environment: Environment,
): Promise<DebugConfiguration> {
  const style = styles[debug.type] ?? 'env';
  const given = style === 'named' ? fromNamed(debug.environment) : fromAny(debug.env);
  const merged: Environment = { ...environment, ...(await fromFile(debug.envFile)), ...given };
  // Debuggers that would read the file again would put it over `env`, or fail on its name.
  const rest = Object.fromEntries(Object.entries(debug).filter(([name]) => name !== 'envFile'));
  const configuration: DebugConfiguration = { ...rest, type: debug.type };
  switch (style) {
    case 'env':
      return { ...configuration, env: removing.has(debug.type) ? merged : set(merged) };
    case 'pairs':
      return {
        ...configuration,
        env: Object.entries(set(merged)).map(([name, value]) => `${name}=${value}`),
      };
    case 'named':
      return {
        ...configuration,
        environment: Object.entries(set(merged)).map(([name, value]) => ({ name, value })),
      };
    case 'whole':
      return { ...configuration, env: set({ ...processEnvironment(), ...merged }) };
    case 'none':
      return configuration;
  }
}

/**
 * What an adapter is started with: nothing of ours when it takes all variables in its launch arguments (and
 * a variable such as GOFLAGS stays out of the debugger's own tools), else the variables as well.
 */
export function spawnEnvironment(type: string, environment: Environment): Environment {
  return removing.has(type) ? {} : environment;
}

function set(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

function processEnvironment(): Environment {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** `env` as people write it: an object, or an array of "NAME=VALUE". Numbers and booleans are taken as text. */
function fromAny(value: unknown): Environment {
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((pair) => {
        const [name = '', ...rest] = String(pair).split('=');
        return [name, rest.join('=')];
      })
    : Object.entries(value ?? {});
  return Object.fromEntries(entries.map(([name, one]) => [name, one === null ? null : textOf(one)]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fromNamed(value: unknown): Environment {
  if (!Array.isArray(value)) return {};
  return Object.fromEntries(
    value.map((one: { name?: unknown; value?: unknown }) => [String(one.name), String(one.value)]),
  );
}

async function fromFile(file: unknown): Promise<Environment> {
  if (typeof file !== 'string' || file === '') return {};
  try {
    return Object.fromEntries(
      Object.entries(parseEnv(await readFile(file, 'utf8'))).map(([name, value]) => [name, value ?? null]),
    );
  } catch (error) {
    throw new LaunchError(
      'configuration-invalid',
      `Cannot read the variables in "${file}": ${messageOf(error)}. Correct "envFile" in "debug", or leave it out.`,
      { cause: error, attribute: 'debug.envFile' },
    );
  }
}
