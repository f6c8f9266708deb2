import * as vscode from 'vscode';
import { back, type Outcome } from '../asking/steps.ts';
import { askNamespace, askTarget, type Place } from './lists.ts';
import type { Program } from '../program.ts';

const title = 'Local Process with Kubernetes';

interface Written extends Place {
  target?: string;
}

/**
 * What stands for `${command:pickTarget}` and `${command:pickNamespace}` in a launch configuration, on each launch anew.
 * The editor gives the configuration as it is written.
 */
export function registerPickers(program: Program): vscode.Disposable {
  /** The namespace that was asked for with the target of a configuration, which may ask for it again. */
  const namespaces = new Map<string, string>();

  const namespaceOf = async (configuration: Written): Promise<string | undefined> => {
    const key = JSON.stringify(configuration);
    const known = namespaces.get(key);
    if (namespaces.delete(key)) return known;
    const asked = await askNamespace({ program, place: said(configuration), title, canGoBack: false });
    const namespace = answerOf(asked);
    const isWantedTwice = isVariable(configuration.namespace) && isVariable(configuration.target);
    if (namespace !== undefined && isWantedTwice) namespaces.set(key, namespace);
    return namespace;
  };

  return vscode.Disposable.from(
    vscode.commands.registerCommand('localprocess-k8s.pickNamespace', (configuration: Written = {}) =>
      namespaceOf(configuration),
    ),
    vscode.commands.registerCommand('localprocess-k8s.pickTarget', async (configuration: Written = {}) => {
      const isAsked = isVariable(configuration.namespace);
      const namespace = isAsked ? await namespaceOf(configuration) : configuration.namespace;
      if (isAsked && namespace === undefined) return undefined;
      const place = { ...said(configuration), namespace };
      const target = answerOf(await askTarget({ program, place, title, canGoBack: false }));
      if (target === undefined) namespaces.delete(JSON.stringify(configuration));
      return target?.target;
    }),
  );
}

/** What of a configuration is said, and not asked for. */
function said({ kubeconfig, context, namespace }: Place): Place {
  return {
    ...(!isVariable(kubeconfig) && { kubeconfig }),
    ...(!isVariable(context) && { context }),
    ...(!isVariable(namespace) && { namespace }),
  };
}

function isVariable(value: string | undefined): boolean {
  return value?.includes('${') === true;
}

function answerOf<T>(outcome: Outcome<T>): T | undefined {
  return outcome === back ? undefined : outcome;
}
