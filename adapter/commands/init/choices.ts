import { dirname, basename, resolve } from 'node:path';
import { knownContexts } from '../../cluster/connection.ts';
import { parseTarget } from '../../cluster/named.ts';
import type { ListedTarget } from '../../cluster/targets.ts';
import { LaunchError, messageOf } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { askNamespaces, askTargets, type Asking } from '../asking.ts';
import { port } from '../attributes.ts';
import { commandInvalid } from '../command.ts';
import { portsInWords } from '../list.ts';
import { table } from '../table.ts';
import { tell } from '../terminal.ts';
import type { Dialogue } from './dialogue.ts';
import type { LaunchFile } from './launchfile.ts';
import { debugIn, wrappedOf } from './own.ts';
import { findStarters } from './starters.ts';
import type { DebugAttributes, Parts } from './wrapping.ts';

/** What the command line says. */
export interface Given {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
  target?: string | undefined;
  ports?: readonly string[] | undefined;
  name?: string | undefined;
  /** The user's own configuration, as JSON. */
  debug?: string | undefined;
  /** The name of one in the launch.json. */
  wrap?: string | undefined;
}

export interface Circumstances {
  /** Absent: nobody can be asked. */
  dialogue: Dialogue | undefined;
  /** Where configurations to wrap are, and whose folder is the workspace's. */
  file: LaunchFile;
  /** Says whether a name can be used; throws why it cannot. */
  checkName: (name: string) => void;
  asking: Pick<Asking, 'connectTimeoutSeconds' | 'signal'>;
}

/**
 * What the configuration is made of: as the command line says, and what that leaves open as the user answers. Where
 * nobody can be asked, the cluster is not either.
 * @throws LaunchError `command-invalid` where something is missing or wrong, or one of the cluster.
 */
export async function chooseParts(given: Given, circumstances: Circumstances): Promise<Parts> {
  const { dialogue, checkName } = circumstances;
  const wrapped = wrappedOf(given, circumstances.file);
  if (given.target !== undefined) kindAndName(given.target);
  given.ports?.forEach(port);
  if (given.name !== undefined) checkName(given.name);
  if (dialogue === undefined) return complete(given, { wrapped, checkName });

  const context = given.context ?? (await chooseContext(dialogue, given));
  const known = { ...given, context };
  const namespace = given.namespace ?? (await chooseNamespace(dialogue, known, circumstances));
  const listed =
    given.target === undefined || given.ports === undefined
      ? await targetsIn({ ...known, namespace }, circumstances)
      : [];
  const target = given.target ?? (await chooseTarget(dialogue, listed, namespace));
  const ports = given.ports ?? (await choosePorts(dialogue, portsOf(target, listed)));
  return {
    kubeconfig: given.kubeconfig,
    context,
    namespace,
    target,
    ports: ports.length === 0 ? undefined : ports,
    wrapped: wrapped ?? (await chooseWrapped(dialogue, target, circumstances.file)),
    name: given.name ?? (await chooseName(dialogue, nameFor(target), checkName)),
  };
}

function complete(
  given: Given,
  { wrapped, checkName }: { wrapped: DebugAttributes | undefined; checkName: (name: string) => void },
): Parts {
  const { target, kubeconfig, context, namespace, ports } = given;
  if (target === undefined || wrapped === undefined) {
    const missing = [
      ...(target === undefined ? ['"--target TARGET"'] : []),
      ...(wrapped === undefined ? ['"--wrap NAME" or "--debug JSON"'] : []),
    ];
    throw commandInvalid(
      `Cannot ask for what is missing, since standard input is no terminal: give ${missing.join(', and ')}.`,
    );
  }
  const name = given.name ?? nameFor(target);
  checkName(name);
  return { name, kubeconfig, context, namespace, target, ports, wrapped };
}

async function chooseContext(dialogue: Dialogue, { kubeconfig }: Given): Promise<string | undefined> {
  const contexts = knownContexts(kubeconfig);
  // Nothing to choose: then whatever is the current one will do, also on other machines.
  if (contexts.length < 2) return undefined;
  const rows = table(contexts.map(({ name, server }) => [name, server]));
  return dialogue.choose('Which cluster? The contexts of your kubeconfig:', {
    choices: contexts.map(({ name }, index) => ({ value: name, name, line: rows[index] ?? name })),
    preset: contexts.find(({ current }) => current)?.name,
  });
}

async function chooseNamespace(
  dialogue: Dialogue,
  choice: Given,
  { asking }: Circumstances,
): Promise<string> {
  const { namespaces, partial } = await askNamespaces({
    ...asking,
    choice: { ...choice, namespace: undefined },
  });
  if (partial !== undefined) tell(`${partial} Any other can be typed.`);
  return dialogue.choose('Which namespace?', {
    choices: namespaces.map(({ name }) => ({ value: name, name })),
    preset: namespaces.find(({ current }) => current)?.name,
    ...(partial !== undefined && { other: (text: string) => text }),
  });
}

function targetsIn(choice: Given, { asking }: Circumstances): Promise<ListedTarget[]> {
  return askTargets({ ...asking, choice });
}

async function chooseTarget(
  dialogue: Dialogue,
  listed: readonly ListedTarget[],
  namespace: string,
): Promise<string> {
  const rows = table(
    listed.map(({ target, ready, pods, ports, image, problem }) => [
      target,
      `${ready}/${pods} ready`,
      portsInWords(ports),
      problem === undefined ? (image ?? '-') : `${image ?? '-'}  (not now)`,
    ]),
  );
  const target = await dialogue.choose(
    `What is your process to stand in for, in the namespace "${namespace}"?`,
    {
      choices: listed.map(({ target: name }, index) => ({ value: name, name, line: rows[index] ?? name })),
      preset:
        listed.filter(({ problem }) => problem === undefined).length === 1 ? firstWithout(listed) : undefined,
      other: (text) => otherTarget(text, listed),
    },
  );
  const problem = listed.find((one) => one.target === target)?.problem;
  if (problem !== undefined) tell(problem);
  return target;
}

/** What is not in the list may still be a target; a service is not. */
function otherTarget(text: string, listed: readonly ListedTarget[]): string {
  const [kind, name] = kindAndName(text);
  const services = listed.flatMap(({ target }) => /^service\/(.*)/.exec(target)?.[1] ?? []);
  if (kind === 'service' && !services.includes(name))
    throw commandInvalid(`There is no service "${name}"${didYouMean(name, services)}`);
  return `${kind}/${name}`;
}

/** As a launch reads a target. Throws `command-invalid`. */
function kindAndName(target: string): [kind: string, name: string] {
  try {
    return parseTarget(target);
  } catch (error) {
    throw commandInvalid(messageOf(error));
  }
}

function firstWithout(listed: readonly ListedTarget[]): string | undefined {
  return listed.find(({ problem }) => problem === undefined)?.target;
}

/** Each port of the container, for the same number here, or one that may be listened on without rights. */
function portsOf(target: string, listed: readonly ListedTarget[]): string[] {
  const name = kindAndName(target).join('/');
  const ports = listed.find((one) => one.target === name)?.ports ?? [];
  const numbers = ports.flatMap(({ containerPort }) => containerPort ?? []);
  return [...new Set(numbers)].map((number) => `${number < 1024 ? number + 8000 : number}:${number}`);
}

async function choosePorts(dialogue: Dialogue, proposed: readonly string[]): Promise<string[]> {
  return dialogue.read(
    "Which ports, LOCAL:REMOTE? LOCAL is where your process listens, REMOTE the container's; several with blanks between them.",
    {
      preset: proposed.join(' '),
      read: (text) =>
        text
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(port),
    },
  );
}

async function chooseWrapped(dialogue: Dialogue, target: string, file: LaunchFile): Promise<DebugAttributes> {
  const own = file.configurations.flatMap(({ name, type, value }) =>
    name === undefined || type === undefined || type === 'localprocess-k8s'
      ? []
      : [
          {
            value: { ...value, type },
            name,
            line: `${name} (${type}, in ${basename(file.path)})`,
          },
        ],
  );
  const starters = await findStarters(workspaceOf(file.path), target);
  const found = starters.map(({ title, debug }) => ({
    value: debug,
    name: title,
    line: `${title} (${debug.type})`,
  }));
  const choices = [...own, ...found];
  return dialogue.choose(
    'What is to be debugged in its place? One of these, or your own configuration as JSON in one line:',
    {
      choices,
      preset: choices[0]?.value,
      other: (text) => debugIn(text, `"${text}"`),
    },
  );
}

function chooseName(
  dialogue: Dialogue,
  proposed: string,
  checkName: (name: string) => void,
): Promise<string> {
  return dialogue.read('What is the configuration to be called?', {
    preset: free(proposed, checkName),
    read: (text) => {
      checkName(text);
      return text;
    },
  });
}

/** The name, or the first with a number behind it that can be used. */
function free(name: string, checkName: (name: string) => void): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name} ${number}`;
    try {
      checkName(candidate);
      return candidate;
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
    }
  }
}

function nameFor(target: string): string {
  return `${kindAndName(target)[1]}, in the cluster`;
}

/** What `${workspaceFolder}` is for a launch.json. */
export function workspaceOf(path: string): string {
  const folder = dirname(resolve(path));
  return basename(folder) === '.vscode' ? dirname(folder) : folder;
}
