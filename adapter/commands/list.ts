import { knownContexts, type KnownContext } from '../cluster/connection.ts';
import type { ListedNamespaces } from '../cluster/listing.ts';
import type { ListedPort, ListedTarget } from '../cluster/targets.ts';
import { didYouMean, quoted } from '../nearest.ts';
import { printAnswer } from './answer.ts';
import { askNamespaces, askTargets } from './asking.ts';
import { askingOptions, connectTimeoutOf } from './attributes.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';
import { findStarters, type Starter } from './init/starters.ts';
import { table } from './table.ts';
import { interruptible } from './terminal.ts';

const options = {
  json: { type: 'boolean', help: 'As JSON, also what goes wrong.' },
  folder: { type: 'string', value: 'FOLDER', help: 'Where to look for configurations. Default: this one.' },
  target: {
    type: 'string',
    value: 'TARGET',
    help: 'What they are to stand in for: those called so come first.',
  },
  ...askingOptions,
} as const satisfies Options;

const kinds = ['contexts', 'namespaces', 'targets', 'configurations'] as const;

/** `localprocess-k8s list`: what there is to choose from. */
export const list: Command = {
  name: 'list',
  synopsis: 'contexts|namespaces|targets|configurations [--json] [OPTION]…',
  summary:
    'Lists the contexts of the kubeconfig, the namespaces, what a session can stand in for, or what a folder has to debug.',
  options,
  async start(args) {
    const { values, positionals } = parse(args, options, ['What to list']);
    const [kind = ''] = positionals;
    const { json = false, namespace, context, kubeconfig, folder, target } = values;
    const connectTimeoutSeconds = connectTimeoutOf(values['connect-timeout']);
    const useless = {
      contexts: { namespace, context, folder, target },
      namespaces: { namespace, folder, target },
      targets: { folder, target },
      configurations: { namespace, context, kubeconfig },
    };
    if (!isOneOf(kinds, kind))
      throw commandInvalid(
        `There is nothing to list called "${kind}"${didYouMean(kind, kinds)} There are ${quoted(kinds)}.`,
      );
    for (const [name, value] of Object.entries(useless[kind]))
      if (value !== undefined) throw commandInvalid(`"--${name}" says nothing with "list ${kind}".`);

    const choice = { namespace, context, kubeconfig };
    return interruptible((signal) => {
      const asking = { choice, connectTimeoutSeconds, signal };
      switch (kind) {
        case 'contexts':
          return printAnswer(() => Promise.resolve({ contexts: knownContexts(kubeconfig) }), {
            json,
            inWords: ({ contexts }) => contextsInWords(contexts),
          });
        case 'namespaces':
          return printAnswer(() => askNamespaces(asking), { json, inWords: namespacesInWords });
        case 'targets':
          return printAnswer(async () => ({ targets: await askTargets(asking) }), {
            json,
            inWords: ({ targets }) => targetsInWords(targets),
          });
        case 'configurations':
          return printAnswer(
            async () => ({ configurations: await findStarters(folder ?? '.', target ?? '') }),
            {
              json,
              inWords: ({ configurations }) => startersInWords(configurations),
            },
          );
      }
    });
  },
};

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

function contextsInWords(contexts: readonly KnownContext[]): string[] {
  if (contexts.length === 0) return ['The kubeconfig has no context.'];
  return table([
    ['CURRENT', 'NAME', 'NAMESPACE', 'SERVER'],
    ...contexts.map(({ name, server, namespace, current }) => [
      current ? '*' : '',
      name,
      namespace,
      server || '?',
    ]),
  ]);
}

function namespacesInWords({ namespaces, partial }: ListedNamespaces): string[] {
  const rows = namespaces.map(({ name, current }) => [current ? '*' : '', name]);
  return [...table([['CURRENT', 'NAME'], ...rows]), ...(partial === undefined ? [] : ['', partial])];
}

function targetsInWords(targets: readonly ListedTarget[]): string[] {
  if (targets.length === 0) return ['There is no service and no deployment.'];
  const rows = targets.map(({ target, ready, pods, ports, container, image }) => [
    target,
    `${ready}/${pods}`,
    portsInWords(ports),
    container ?? '-',
    image ?? '-',
  ]);
  const problems = targets.flatMap(({ problem }) => problem ?? []);
  return [
    ...table([['TARGET', 'READY', 'PORTS', 'CONTAINER', 'IMAGE'], ...rows]),
    ...(problems.length > 0 ? ['', ...problems] : []),
  ];
}

function startersInWords(starters: readonly Starter[]): string[] {
  if (starters.length === 0) return ['There is nothing that could be debugged.'];
  return table([['WHAT', 'DEBUGGER'], ...starters.map(({ title, debug }) => [title, debug.type])]);
}

/** Ports for people, e.g. `http 80→3000, 9090`. */
export function portsInWords(ports: readonly ListedPort[]): string {
  const words = ports.map(({ name, port, containerPort }) => {
    const pair = containerPort === port ? `${port}` : `${port}→${containerPort ?? '?'}`;
    return name === null ? pair : `${name} ${pair}`;
  });
  return words.join(', ') || '-';
}
