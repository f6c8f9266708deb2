import { chooseCluster, type ClusterChoice } from '../cluster/connection.ts';
import { parseTarget } from '../cluster/named.ts';
import { askControl, controlPath } from '../control.ts';
import { messageOf } from '../errors.ts';
import { Journal } from '../journal.ts';
import { launch } from '../launch.ts';
import { didYouMean, quoted } from '../nearest.ts';
import { attributesOf, targetOptions } from './attributes.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';
import { formats, UnwritableValue, type Format } from './formats.ts';
import { interruptible, tell, TerminalProgress } from './terminal.ts';

type Environment = Readonly<Record<string, string | null>>;

/** How long a running session may take to answer, in milliseconds. */
const patience = 5000;

const options = {
  format: { type: 'string', value: 'FORMAT', help: 'dotenv (default), json, shell or powershell.' },
  ...targetOptions,
} as const satisfies Options;

/** `localprocess-k8s env`: the variables that the local process would get. */
export const env: Command = {
  name: 'env',
  synopsis: 'TARGET [--format dotenv|json|shell|powershell] [OPTION]…',
  summary: 'Prints the variables that the local process would get; takes no traffic.',
  options,
  async start(args, mainScript) {
    const { values, positionals } = parse(args, options, ['TARGET']);
    const [target = ''] = positionals;
    const format = formatNamed(values.format ?? 'dotenv');
    const attributes = await attributesOf(target, values);
    return interruptible(async (signal) => {
      const environment =
        (await ofRunningSession(target, attributes, signal)) ?? (await ofPod(attributes, mainScript, signal));
      return print(environment, format);
    });
  },
};

function formatNamed(name: string): Format {
  const known = Object.keys(formats);
  // One of its keys.
  if (known.includes(name)) return name as Format;
  throw commandInvalid(`There is no format "${name}"${didYouMean(name, known)} There are ${quoted(known)}.`);
}

function print(environment: Environment, format: Format): number {
  try {
    const { text, leftOut } = formats[format](environment);
    if (leftOut.length > 0)
      tell(`Left out, because no ${format} variable can have such a name: ${quoted(leftOut)}.`);
    process.stdout.write(text);
    return 0;
  } catch (error) {
    if (!(error instanceof UnwritableValue)) throw error;
    tell(messageOf(error));
    return 1;
  }
}

/** What the local process of a session of this user on the target has got, if one runs on this machine. */
async function ofRunningSession(
  target: string,
  choice: ClusterChoice,
  signal: AbortSignal,
): Promise<Environment | undefined> {
  const name = parseTarget(target).join('/');
  const { context, namespace, server } = chooseCluster(choice);
  for (const journal of await Journal.all()) {
    const { session, cluster, restoring } = journal.record;
    if (journal.record.target !== name || restoring === true) continue;
    if (cluster.context !== context || cluster.namespace !== namespace || !(await journal.isLive())) continue;
    const deadline = AbortSignal.timeout(patience);
    const answer = await askControl(
      controlPath(session),
      { question: 'environment' },
      AbortSignal.any([signal, deadline]),
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!deadline.aborted) throw error;
      return undefined;
    });
    // Contexts of two kubeconfigs may have one name.
    if (answer?.environment === undefined || answer.server !== server) continue;
    tell(`These are the variables of the session ${session}, which runs.`);
    return answer.environment;
  }
  return undefined;
}

/** What a local process would get: read by an agent that takes no traffic and goes at once. */
async function ofPod(
  attributes: Record<string, unknown>,
  mainScript: string,
  signal: AbortSignal,
): Promise<Environment> {
  const progress = new TerminalProgress();
  let environment: Environment = {};
  const connected = await launch(
    {
      ...attributes,
      // Listeners that nobody will use, and without administrator rights; nothing that needs a port to be free.
      useKubernetesServiceEnvironmentVariables: true,
      hosts: 'system',
      podPorts: ['!*'],
      debug: { type: 'none', request: 'attach' },
    },
    {
      signal,
      progress,
      mainScript,
      reading: true,
      find: () => Promise.resolve('nothing: the variables are known'),
      delegate: (given) => {
        environment = given.environment;
        return Promise.resolve();
      },
    },
  ).finally(() => progress.clear());
  const gone = new Set(connected.diagnostics.namesOfTheSession());
  await connected.leave({ inFlight: false, alone: false });
  if (gone.size > 0) tell(leftOut([...gone]));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !gone.has(name)));
}

/** Names enough to know which are meant. */
function leftOut(names: readonly string[]): string {
  const some = names.filter((name) => name.endsWith('_SERVICE_HOST')).sort();
  const shown = (some.length > 0 ? some : names).slice(0, 3);
  return `Left out: ${names.length} variables that lead somewhere only while a session runs, such as ${quoted(shown)}.`;
}
