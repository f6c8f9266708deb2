import * as vscode from 'vscode';
import { askAll, take, type Step } from './asking/steps.ts';
import {
  completeConfiguration,
  launchJsonOf,
  readConfiguration,
  saveLaunchJson,
} from './configuring/launchJson.ts';
import type { Attributes } from './configuring/launchText.ts';
import {
  askContext,
  askNamespace,
  askTarget,
  options,
  type Place,
  type Target,
} from './configuring/lists.ts';
import { messageOf } from './messageOf.ts';
import { askPorts } from './configuring/ports.ts';
import type { Program } from './program.ts';
import { without } from './wrapping/outer.ts';
import { askWrapped, type Wrapped } from './configuring/wrappable.ts';

const title = 'Local Process with Kubernetes';

/** What a session needs to know: what the user has said already, and what they answer. */
interface Answers extends Place {
  target?: Target;
  ports?: string[] | undefined;
  debug?: Wrapped | undefined;
}

/**
 * Asks what a launch configuration has to say, and writes it into launch.json: into `given`, which says less, or as a new
 * one. Resolves with the whole configuration; `undefined`: the user has given up.
 */
export async function configure(
  program: Program,
  folder: vscode.WorkspaceFolder,
  given: Partial<vscode.DebugConfiguration> = {},
): Promise<vscode.DebugConfiguration | undefined> {
  const answers = known(given);
  if (!(await askAll(questions(program, folder, answers)))) return undefined;
  const { target, debug, ports, context, namespace } = answers;
  if (target === undefined || debug === undefined) return undefined;
  const file = launchJsonOf(folder);
  try {
    await saveLaunchJson(file);
    // Its name would have no place there.
    const wrapped = without(debug, ['name']);
    const attributes = defined({ context, namespace, target: target.target, ports, debug: wrapped });
    if (given.name !== undefined && (await completeConfiguration(folder, given.name, attributes)))
      return { ...(given as vscode.DebugConfiguration), ...attributes };
    const name = await freeName(file, `${target.target.split('/').at(-1) ?? ''}, in the cluster`);
    const { configuration } = await program.ask<{ configuration: vscode.DebugConfiguration }>([
      'init',
      ...['--editor', 'vscode', '--file', file.fsPath, '--name', name],
      ...options(answers),
      ...['--target', target.target, '--debug', JSON.stringify(debug)],
      ...(ports ?? []).flatMap((pair) => ['--port', pair]),
    ]);
    return configuration;
  } catch (error) {
    await vscode.window.showErrorMessage(messageOf(error), { modal: true });
    return undefined;
  }
}

/** What is known already is not asked. */
function known({
  kubeconfig,
  context,
  namespace,
  ports,
  debug,
}: Partial<vscode.DebugConfiguration>): Answers {
  return {
    ...defined({ kubeconfig, context, namespace }),
    ...(Array.isArray(ports) && { ports: ports as string[] }),
    ...(typeof debug === 'object' && { debug: debug as Wrapped }),
  };
}

function questions(program: Program, folder: vscode.WorkspaceFolder, answers: Answers): Step[] {
  const asking = (canGoBack: boolean) => ({ program, place: answers, title, canGoBack });
  const { context, namespace, ports, debug } = answers;
  return [
    context !== undefined
      ? skip
      : async (canGoBack) => {
          const outcome = await askContext(asking(canGoBack));
          if (outcome === 'one') return 'skipped';
          return take(outcome, ({ name }) => (answers.context = name));
        },
    namespace !== undefined
      ? skip
      : async (canGoBack) =>
          // Going back to this question must not narrow it.
          take(await askNamespace(asking(canGoBack)), (name) => (answers.namespace = name)),
    async (canGoBack) => take(await askTarget(asking(canGoBack)), (target) => (answers.target = target)),
    ports !== undefined
      ? skip
      : async (canGoBack) => {
          if (answers.target === undefined) return 'skipped';
          const outcome = await askPorts(answers.target, { title, canGoBack });
          answers.ports = undefined;
          return outcome === 'none' ? 'skipped' : take(outcome, (pairs) => (answers.ports = pairs));
        },
    debug !== undefined
      ? skip
      : async (canGoBack) => {
          const target = answers.target?.target ?? '';
          const outcome = await askWrapped(program, { folder, target, title, canGoBack });
          return take(outcome, (wrapped) => (answers.debug = wrapped));
        },
  ];
}

const skip: Step = () => Promise.resolve('skipped');

async function freeName(file: vscode.Uri, wanted: string): Promise<string> {
  for (let at = 1; ; at++) {
    const name = at === 1 ? wanted : `${wanted} (${at})`;
    if ((await readConfiguration(file, name)) === undefined) return name;
  }
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
