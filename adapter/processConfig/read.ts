import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { LaunchError, messageOf, systemCode } from '../errors.ts';
import { didYouMean, quoted } from '../nearest.ts';
import { YamlFile } from './place.ts';
import { parseValue, type Part, type Token } from './tokens.ts';

/** The name under which the file is found in a working folder. */
export const fileName = 'KubernetesLocalProcessConfig.yaml';

/** What Bridge to Kubernetes calls features, and what they are here. */
const features: Record<string, string> = {
  ManagedIdentity:
    'the local process asks the identity endpoints that its variables name, as in the pod; MSI_ENDPOINT is not set',
  Probes:
    'the agent answers for the pod with a readiness probe of its own, and probes never reach the local process',
};

/** A `KubernetesLocalProcessConfig.yaml`, checked as far as it can be without the cluster. */
export interface ProcessConfiguration {
  file: YamlFile;
  env: { name: string; parts: Part[]; node: Node }[];
  /** `node` is the name's, `place` the path's. */
  volumeMounts: { name: string; localPath: string; node: Node; place: Node }[];
  /** What the user should know about what is in it: features that mean nothing here. */
  remarks: string[];
}

/**
 * Reads the file at `path`, or the one in the folder `folder` if there is one. Fails with
 * `configuration-file-invalid`: the file, line and column, and what to correct. Source: the documentation of
 * Bridge to Kubernetes, "Local configuration using KubernetesLocalProcessConfig.yaml", version 0.1.
 */
export async function readProcessConfiguration(
  path: string | undefined,
  folder: string,
): Promise<ProcessConfiguration | undefined> {
  const found = resolve(folder, path ?? fileName);
  let text: string;
  try {
    text = await readFile(found, 'utf8');
  } catch (error) {
    if (path === undefined && systemCode(error) === 'ENOENT') return undefined;
    throw new LaunchError(
      'configuration-file-invalid',
      `Cannot read "${found}": ${messageOf(error)}. Correct "configurationFile", or leave it out.`,
      { cause: error, attribute: 'configurationFile' },
    );
  }
  return parseProcessConfiguration(found, text);
}

/** What the text of such a file says; see `readProcessConfiguration`. */
export function parseProcessConfiguration(path: string, text: string): ProcessConfiguration {
  const file = new YamlFile(path, text);
  const reader = new Reader(file);
  const top = reader.map(file.document.contents, 'the file', [
    'version',
    'env',
    'volumeMounts',
    'enableFeatures',
  ]);
  const version = top.get('version');
  if (version === undefined)
    throw file.fault(0, 'It has no "version". Write "version: 0.1" into its first line.');
  if (reader.text(version, '"version"') !== '0.1')
    throw file.fault(
      file.startOf(version),
      'Its version is another than 0.1, the only one there is. Write "version: 0.1".',
    );

  const env = reader.list(top.get('env'), '"env"').map((node) => {
    const entry = reader.map(node, 'an entry of "env"', ['name', 'value']);
    const name = reader.text(reader.needed(entry, 'name', node), '"name"');
    if (!/^[^=\0]+$/.test(name))
      throw file.fault(file.startOf(entry.get('name')), `"${name}" cannot be the name of a variable.`);
    const value = entry.get('value') ?? node;
    const parts = parseValue(reader.text(reader.needed(entry, 'value', node), '"value"'), (token, words) =>
      file.fault(file.within(value, token), words),
    );
    return { name, parts, node: value };
  });
  const volumeMounts = reader.list(top.get('volumeMounts'), '"volumeMounts"').map((node) => {
    const entry = reader.map(node, 'an entry of "volumeMounts"', ['name', 'localPath']);
    const [name, localPath] = (['name', 'localPath'] as const).map((key) => {
      const word = reader.text(reader.needed(entry, key, node), `"${key}"`);
      if (word === '') throw file.fault(file.startOf(entry.get(key)), `"${key}" is empty.`);
      return word;
    });
    return {
      name: name ?? '',
      localPath: localPath ?? '',
      node: entry.get('name') ?? node,
      place: entry.get('localPath') ?? node,
    };
  });
  const remarks = reader.list(top.get('enableFeatures'), '"enableFeatures"').map((node) => {
    const name = reader.text(node, 'a feature');
    const meaning = features[name];
    const known = Object.keys(features);
    if (meaning === undefined)
      throw file.fault(
        file.startOf(node),
        `"${name}" is an unknown feature${didYouMean(name, known)} There are ${quoted(known)}.`,
      );
    return `The feature "${name}" of "${path}" needs nothing here: ${meaning}.`;
  });
  return { file, env, volumeMounts, remarks };
}

/** The tokens of a file's values, with the node each is in. */
export function tokensOf({ env }: ProcessConfiguration): { token: Token; node: Node }[] {
  return env.flatMap(({ parts, node }) =>
    parts.flatMap((part) => (part.kind === 'text' ? [] : [{ token: part, node }])),
  );
}

/** Reads nodes of a file, and says where one is of another kind than it has to be. */
class Reader {
  readonly #file: YamlFile;

  constructor(file: YamlFile) {
    this.#file = file;
  }

  /** The entries of a map that may have these. */
  map(node: unknown, what: string, known: readonly string[]): Map<string, Node> {
    const found = this.#resolved(node);
    if (!isMap(found)) throw this.#wrong(node, what, `entries such as "${known[0] ?? ''}: …"`);
    return new Map(
      (found as YAMLMap<unknown, Node | null>).items.flatMap(({ key, value }) => {
        const name = this.text(key, 'a name');
        if (!known.includes(name))
          throw this.#file.fault(
            this.#file.startOf(key as Node),
            `"${name}" is unknown in ${what}${didYouMean(name, known)} It has ${quoted(known)}.`,
          );
        return value === null ? [] : [[name, value] as const];
      }),
    );
  }

  /** The items of a list; nothing is an empty one. */
  list(node: Node | undefined, what: string): Node[] {
    const found = this.#resolved(node);
    if (found === undefined || (isScalar(found) && found.value === null)) return [];
    if (!isSeq(found)) throw this.#wrong(node, what, 'a list, each entry after a "-"');
    return found.items as Node[];
  }

  /** A text, also one that YAML takes for a number or a truth: as it is written. */
  text(node: unknown, what: string): string {
    const found = this.#resolved(node);
    if (!isScalar(found)) throw this.#wrong(node, what, 'a text');
    if (typeof found.value === 'string') return found.value;
    return found.value === null ? '' : (found.source ?? '');
  }

  needed(entry: Map<string, Node>, key: string, node: Node): Node {
    const found = entry.get(key);
    if (found === undefined) throw this.#file.fault(this.#file.startOf(node), `"${key}" is missing here.`);
    return found;
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#file.document) : (node ?? undefined);
  }

  #wrong(node: unknown, what: string, expected: string): LaunchError {
    return this.#file.fault(
      this.#file.startOf(node as Node | null),
      `${capital(what)} has to be ${expected}.`,
    );
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
