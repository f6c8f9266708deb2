import { getNodeValue } from 'jsonc-parser';
import { messageOf } from '../messageOf.ts';
import { rootOf } from './jsonc.ts';
import { targetOf, type Clusters } from './target.ts';
import { isBridge, tasksOf, withoutBridge, type Remainder, type Task, type TaskReference } from './tasks.ts';
import { tidied } from './tidy.ts';
import { wrap } from './wrap.ts';

/** The two files of a folder's `.vscode`. */
export interface Files {
  launch: string;
  tasks: string;
}

export interface Conversion {
  /** The files as they are to be, their comments kept. */
  files: Files;
  /** The names of the configurations that were converted. */
  converted: string[];
  /** What could not be taken over, or has to be known, a sentence or two each. */
  notes: string[];
}

interface LaunchConfiguration {
  name?: unknown;
  type?: unknown;
  preLaunchTask?: TaskReference;
}

/** Configurations that are no debugger's: Bridge to Kubernetes' own way to begin. */
const placeholder =
  /^(?:bridge-to-kubernetes|local-process-with-kubernetes)\.configuration$|^dev-spaces-connect-configuration$/;

/**
 * Makes configurations of ours of those that Bridge to Kubernetes has set up: launch configurations whose
 * `preLaunchTask` connects to a cluster, by itself or by what it waits for. Each keeps its name and wraps what it was;
 * its other tasks are still run, those of Bridge to Kubernetes go.
 * Throws an `Error` when a file cannot be read.
 */
export async function convert(files: Files, clusters: Clusters): Promise<Conversion> {
  const tasks = tasksOf(rootOf(files.tasks, 'tasks.json'));
  const configurations = listed(files.launch, 'configurations');
  const result: Conversion = { files: { ...files }, converted: [], notes: [] };
  const remainders: Remainder[] = [];

  // From the last to the first: what comes before stays where it is.
  for (const [index, configuration] of [...configurations.entries()].reverse()) {
    const { name, type, preLaunchTask } = configuration;
    const called = typeof name === 'string' ? name : `configuration ${index + 1}`;
    const note = (text: string) => result.notes.unshift(`${called}: ${text}`);
    if (placeholder.test(String(type))) note('it has no debugger, and is no longer of use. Delete it.');
    if (preLaunchTask === undefined || type === 'localprocess-k8s') continue;
    const remainder = withoutBridge(tasks, preLaunchTask);
    const [bridge, ...others] = remainder.bridges;
    if (bridge === undefined) continue;
    try {
      const { target, notes } = await targetOf(bridge, clusters);
      for (const text of [...notes].reverse()) note(text);
      result.files.launch = wrap(result.files.launch, index, { target, preLaunchTask: remainder.left[0] });
    } catch (error) {
      note(`it is left as it is, because ${messageOf(error)} Correct it, and convert again.`);
      continue;
    }
    if (others.length > 0) {
      const more = others.map(({ label, type: kind }) => `"${label ?? kind}"`).join(', ');
      note(`a configuration has one target; ${more} would need one of its own.`);
    }
    if (type === 'docker')
      note(
        'its program runs in a container, which the cluster’s variables and names do not reach. Debug it without.',
      );
    remainders.push(remainder);
    result.converted.unshift(called);
  }
  const { launch } = result.files;
  result.files.tasks = tidied(files.tasks, {
    tasks,
    remainders,
    wanted: [...listed(launch, 'configurations'), ...listed(launch, 'compounds')].flatMap(
      ({ preLaunchTask }) => (preLaunchTask === undefined ? [] : [preLaunchTask]),
    ),
  });
  result.notes.push(...unused(tasks, remainders));
  return result;
}

/** What launch.json lists under a name, nothing where it is no configuration. */
function listed(launch: string, name: 'configurations' | 'compounds'): LaunchConfiguration[] {
  const value = (getNodeValue(rootOf(launch, 'launch.json')) as Record<string, unknown>)[name];
  return (Array.isArray(value) ? (value as unknown[]) : []).map((one) =>
    typeof one === 'object' && one !== null ? (one as LaunchConfiguration) : {},
  );
}

/** What connects to a cluster and was converted for nobody. */
function unused(tasks: readonly Task[], remainders: readonly Remainder[]): string[] {
  const used = new Set(remainders.flatMap((one) => one.bridges));
  return tasks
    .filter((task) => isBridge(task) && !used.has(task))
    .map(
      ({ label, type }) =>
        `No launch configuration was converted for the task "${label ?? type}": it is left as it is. In a terminal, "localprocess-k8s run" does what it did.`,
    );
}
