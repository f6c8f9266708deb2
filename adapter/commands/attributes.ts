import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { defaultConnectTimeoutSeconds } from '../configuration.ts';
import { messageOf } from '../errors.ts';
import { commandInvalid, type Options } from './command.ts';

/** Which cluster is meant; every command that speaks to one has these. */
export const clusterOptions = {
  namespace: { type: 'string', short: 'n', value: 'NAMESPACE', help: "Default: the context's." },
  context: { type: 'string', value: 'CONTEXT', help: 'Of the kubeconfig. Default: the current one.' },
  kubeconfig: { type: 'string', value: 'FILE', help: 'Default: what kubectl uses.' },
} as const satisfies Options;

/** The same, for commands that do nothing but ask a cluster. */
export const askingOptions = {
  ...clusterOptions,
  'connect-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: `How long the API server may take to answer. Default: ${defaultConnectTimeoutSeconds}.`,
  },
} as const satisfies Options;

/** What commands about one target take beside its name. */
export const targetOptions = {
  ...clusterOptions,
  container: { type: 'string', value: 'NAME', help: "Default: the one that the service's port belongs to." },
  config: {
    type: 'string',
    value: 'FILE',
    help: 'More launch attributes, JSON or YAML; options win over them.',
  },
} as const satisfies Options;

interface Values {
  namespace?: string | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
  container?: string | undefined;
  config?: string | undefined;
  port?: string[] | undefined;
  env?: string[] | undefined;
  'no-hosts'?: boolean | undefined;
}

/**
 * The launch attributes that a command line means: those of `--config`, and over them its options. What is to be
 * started is the command's own affair, so `debug` and `debugAdapter` of the file do not count. Rejects with
 * `command-invalid`.
 */
export async function attributesOf(target: string, values: Values): Promise<Record<string, unknown>> {
  const file = values.config === undefined ? {} : await readAttributes(values.config);
  const { namespace, context, kubeconfig, container } = values;
  const own = { namespace, context, kubeconfig, container, ports: values.port?.map(port) };
  const variables = values.env?.map(variable);
  return {
    ...Object.fromEntries(Object.entries(file).filter(([name]) => !/^debug(Adapter)?$/.test(name))),
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
    ...(variables && { env: { ...(file.env as object | undefined), ...Object.fromEntries(variables) } }),
    ...(values['no-hosts'] === true && { useKubernetesServiceEnvironmentVariables: true }),
    target,
  };
}

/** The seconds of `--connect-timeout`. Throws `command-invalid`. */
export function connectTimeoutOf(value: string | undefined): number {
  if (value === undefined) return defaultConnectTimeoutSeconds;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (!(seconds > 0 && seconds <= longestTimeout))
    throw commandInvalid(
      `"--connect-timeout" has to be a number of seconds above 0 and up to ${longestTimeout}, and is "${value}".`,
    );
  return seconds;
}

/** Timers of Node.js know no more than 24 days. */
const longestTimeout = 86_400;

/** A pair of ports, `LOCAL:REMOTE` or one for both. Throws `command-invalid`. */
export function port(value: string): string {
  if (!/^[0-9]+(:[A-Za-z0-9-]+)?$/.test(value))
    throw commandInvalid(`"--port" has to be LOCAL:REMOTE, for example "3000:http", and is "${value}".`);
  return value;
}

function variable(value: string): [string, string] {
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
  if (name === undefined || text === undefined)
    throw commandInvalid(`"--env" has to be NAME=VALUE, and "${value.replace(/=.*/s, '=…')}" is not.`);
  return [name, text];
}

/** JSON is YAML: one parser reads both, and knows the line of a fault. */
async function readAttributes(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw commandInvalid(`Cannot read "${path}": ${messageOf(error)}.`);
  }
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const before = text.slice(0, error.pos[0]).split('\n');
    const place = `${path}:${before.length}:${(before.at(-1) ?? '').length + 1}`;
    throw commandInvalid(`Cannot read "${place}": ${error.message}`);
  }
  const content: unknown = document.toJS();
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw commandInvalid(`Cannot use "${path}": it holds no object of launch attributes.`);
  return content as Record<string, unknown>;
}
