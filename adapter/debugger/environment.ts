import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { LaunchError, messageOf } from '../errors.ts';
import type { DebugConfiguration } from './command.ts';
import { presetOf } from './presets.ts';

/** Variables; `null` removes one. */
export type Environment = Record<string, string | null>;

/**
 * The configuration with `environment` under the user's own variables: `envFile` wins over `environment`,
 * `env` over both. `style` is by default that of the type. Throws a `LaunchError` when `envFile` cannot be read.
 */
export async function withEnvironment(
  debug: DebugConfiguration,
  environment: Environment,
  style = presetOf(debug.type)?.environment ?? 'env',
): Promise<DebugConfiguration> {
  const merged = await mergedWith(debug, environment);
  // Debuggers that would read the file again would put it over `env`, or fail on its name.
  const rest = Object.fromEntries(Object.entries(debug).filter(([name]) => name !== 'envFile'));
  const configuration: DebugConfiguration = { ...rest, type: debug.type };
  switch (style) {
    case 'nullable':
      return { ...configuration, env: merged };
    case 'env':
      return { ...configuration, env: set(merged) };
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
      return { ...configuration, env: undefined };
  }
}

/**
 * What the adapter is started with: as little as it can be, so that a variable such as GOFLAGS or PYTHONPATH stays
 * out of the debugger's own tools. What is removed has to be missing there when the launch arguments cannot say so.
 * Throws a `LaunchError` when `envFile` cannot be read.
 */
export async function spawnEnvironment(
  debug: DebugConfiguration,
  environment: Environment,
): Promise<Environment> {
  const preset = presetOf(debug.type);
  switch (preset?.environment) {
    case 'nullable':
    case 'whole':
      return {};
    case 'env':
    case 'pairs':
    case 'named': {
      const merged = await mergedWith(debug, environment);
      return Object.fromEntries(Object.entries(merged).filter(([, value]) => value === null));
    }
    case 'none':
      return mergedWith(debug, environment);
    case undefined:
      return environment;
  }
}

async function mergedWith(debug: DebugConfiguration, environment: Environment): Promise<Environment> {
  const named = presetOf(debug.type)?.environment === 'named';
  const given = named ? fromNamed(debug.environment) : fromAny(debug.env);
  return { ...environment, ...(await fromFile(debug.envFile)), ...given };
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
