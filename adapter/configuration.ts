import { Ajv, type ErrorObject } from 'ajv';
import { LaunchError } from './errors.ts';
import { didYouMean } from './nearest.ts';
import schema from '../schemas/launch.schema.json' with { type: 'json' };
import type { LaunchArguments } from '../schemas/launch.d.ts';

export type { LaunchArguments } from '../schemas/launch.d.ts';
export type DebugConfiguration = LaunchArguments['debug'];

/** The launch arguments with every default of the schema filled in. */
export type Configuration = LaunchArguments & {
  connectTimeoutSeconds: number;
  portConflict: 'ask' | 'stop' | 'fail';
  environment: NonNullable<LaunchArguments['environment']> & { builtInExclusions: boolean };
  volumes: NonNullable<LaunchArguments['volumes']> & { maxSize: string; at: 'folder' | 'realPaths' };
  services: string[];
  hosts: 'system' | 'private';
  useKubernetesServiceEnvironmentVariables: boolean;
  agent: Required<NonNullable<LaunchArguments['agent']>>;
  debug: { request: 'launch' | 'attach' };
};

/** How long the API server may take to answer, where nothing else is said, in seconds. */
export const defaultConnectTimeoutSeconds = schema.properties.connectTimeoutSeconds.default;

/** The agent's image, where nothing else is said. */
export const defaultImage = schema.properties.agent.properties.image.default;

/**
 * Attributes that editors put beside ours in the launch arguments; see dap.md, "Nested configurations". Those
 * that begin with two underscores (VS Code) or `$` (Visual Studio) are theirs as well.
 */
const editorsOwn = new Set([
  'type',
  'request',
  'name',
  'noDebug',
  'restart',
  'preLaunchTask',
  'postDebugTask',
  'preRestartTask',
  'postRestartTask',
  'serverReadyAction',
  'presentation',
  'internalConsoleOptions',
  'debugServer',
  'suppressMultipleSessionWarning',
  'windows',
  'linux',
  'osx',
]);

const validate = new Ajv({
  useDefaults: true,
  allErrors: true,
  strict: false,
  verbose: true,
}).compile<Configuration>({
  ...schema,
  // ajv's own defaults stop at objects that are absent; an empty one lets it fill in what is inside.
  properties: {
    ...schema.properties,
    environment: { ...schema.properties.environment, default: {} },
    volumes: { ...schema.properties.volumes, default: {} },
    agent: { ...schema.properties.agent, default: {} },
  },
});

/**
 * Step 1 of a launch: the arguments as the editor sent them, checked against the schema, defaults filled in.
 * Rejects with `configuration-invalid`: one sentence per fault, each naming the attribute and the fix.
 */
export function readConfiguration(raw: unknown): Configuration {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new LaunchError(
      'configuration-invalid',
      'Cannot read the launch configuration: it is not an object.',
    );
  }
  const own = Object.fromEntries(
    Object.entries(structuredClone(raw)).filter(([name]) => !editorsOwn.has(name) && !/^(__|\$)/.test(name)),
  );
  if (validate(own)) return own;
  const errors = (validate.errors ?? []).filter((error) => !isEcho(error, own));
  const faults = [...new Set(errors.map(describe))];
  const [first] = errors;
  throw new LaunchError('configuration-invalid', `Cannot use the launch configuration: ${faults.join(' ')}`, {
    attribute: first === undefined ? undefined : attributeOf(first),
  });
}

/** A failed `oneOf` reports the faults of both its branches: those of the branch that was meant say enough. */
function isEcho(error: ErrorObject, raw: Record<string, unknown>): boolean {
  if (error.keyword === 'oneOf') return true;
  const branch = /^#\/properties\/debugAdapter\/oneOf\/(\d)/.exec(error.schemaPath)?.[1];
  const address =
    typeof raw.debugAdapter === 'object' && raw.debugAdapter !== null && 'port' in raw.debugAdapter;
  return branch !== undefined && branch !== (address ? '1' : '0');
}

function attributeOf(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const params = error.params as { missingProperty?: string; additionalProperty?: string };
  const name = params.missingProperty ?? params.additionalProperty;
  return name === undefined ? path : [path, name].filter((part) => part !== '').join('.');
}

function describe(error: ErrorObject): string {
  const attribute = attributeOf(error);
  switch (error.keyword) {
    case 'required':
      return `"${attribute}" is missing: ${meaningOf(attribute)}`;
    case 'additionalProperties': {
      const known = Object.keys(
        (error.parentSchema as { properties?: object } | undefined)?.properties ?? {},
      );
      const end = didYouMean(attribute.split('.').at(-1) ?? attribute, known);
      return `"${attribute}" is no attribute of a localprocess-k8s configuration${end}${
        attribute.includes('.') || end !== '.' ? '' : ' Attributes of your debugger belong inside "debug".'
      }`;
    }
    case 'pattern':
      return `"${attribute}" has to be ${shapes[attribute.replace(/\.\d+$/, '')] ?? 'written differently'}, and is ${JSON.stringify(error.data)}.`;
    case 'enum':
      return `"${attribute}" has to be one of ${(error.params as { allowedValues: string[] }).allowedValues.map((value) => `"${value}"`).join(', ')}, and is ${JSON.stringify(error.data)}.`;
    case 'minLength':
      return `"${attribute}" is empty: ${meaningOf(attribute)}`;
    case 'type':
      return `"${attribute}" has to be ${[error.schema as string | string[]].flat().map(inWords).join(' or ')}, and is ${JSON.stringify(error.data)}.`;
    default:
      return `"${attribute}" ${error.message ?? 'is wrong'}, and is ${JSON.stringify(error.data) || 'nothing'}.`;
  }
}

/** What texts have to look like. */
const shapes: Record<string, string> = {
  ports: '"LOCAL:REMOTE", for example "3000:http" or "3000"',
  'volumes.maxSize': 'a number of bytes from 1 up, for example "256Mi" or "1Gi"',
  'environment.unset': 'the name of a variable, without "=", "*" and "?"',
  services: '"NAME" or "NAMESPACE/NAME", for example "db" or "other/*"',
  externalEndpoints: '"HOST:PORT[,PORT]", for example "db.internal:5432"',
  podPorts: '"PORT", "LOCAL:REMOTE", "!PORT" or "!*", for example "6000" or "!15090"',
};

/** A type of JSON Schema, as people call it. */
function inWords(type: string): string {
  const words: Record<string, string> = {
    array: 'a list',
    boolean: 'true or false',
    integer: 'a whole number',
    number: 'a number',
    object: 'an object',
    string: 'a text',
  };
  return words[type] ?? type;
}

function meaningOf(attribute: string): string {
  let property: { description?: string; properties?: object } = schema;
  for (const name of attribute.replace(/\.\d+$/, '').split('.')) {
    const properties = property.properties as Record<string, typeof property | undefined> | undefined;
    property = properties?.[name] ?? {};
  }
  const [sentence = ''] = (property.description ?? 'It is required.').split('. ');
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}.`;
}
