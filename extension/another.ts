import type * as vscode from 'vscode';
import { askAll, take, type Step } from './asking/steps.ts';
import { completeConfiguration } from './configuring/launchJson.ts';
import { askContext, askNamespace, askTarget, type Place } from './configuring/lists.ts';
import type { Program } from './program.ts';

const title = 'Local Process with Kubernetes';

/** What of a configuration does not lead to anything. What is inside of it is asked for as well. */
export type Wrong = 'context' | 'namespace' | 'target';

/**
 * Asks what a session is to stand in for instead, and writes the answer into the configuration that has failed. Resolves
 * with the attributes that have changed; `undefined`: the user has given up.
 */
export async function chooseAnother(
  program: Program,
  { configuration, workspaceFolder }: vscode.DebugSession,
  wrong: Wrong,
): Promise<Record<string, string> | undefined> {
  const { kubeconfig, context, namespace } = configuration as Place;
  const place: Place = {
    kubeconfig,
    ...(wrong !== 'context' && { context }),
    ...(wrong === 'target' && { namespace }),
  };
  const changed: Record<string, string> = {};
  const keep = (name: Wrong, value: string) => {
    changed[name] = value;
    if (name !== 'target') place[name] = value;
  };
  const asking = (canGoBack: boolean) => ({ program, place, title, canGoBack });
  const target: Step = async (canGoBack) =>
    take(await askTarget(asking(canGoBack)), (chosen) => keep('target', chosen.target));
  const inside: Step = async (canGoBack) =>
    take(await askNamespace(asking(canGoBack)), (name) => keep('namespace', name));
  const cluster: Step = async (canGoBack) => {
    const outcome = await askContext(asking(canGoBack));
    return outcome === 'one' ? 'skipped' : take(outcome, ({ name }) => keep('context', name));
  };
  const steps = { context: [cluster, inside, target], namespace: [inside, target], target: [target] };
  if (!(await askAll(steps[wrong]))) return undefined;
  if (workspaceFolder) await completeConfiguration(workspaceFolder, configuration.name, changed);
  return changed;
}
