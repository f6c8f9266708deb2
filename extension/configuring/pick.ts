import * as vscode from 'vscode';
import { back, type Outcome } from '../asking/steps.ts';
import { type as debugType, type Program } from '../program.ts';
import { askNamespace, askTarget, type Place } from './lists.ts';

const title = 'Local Process with Kubernetes';

/** A launch configuration as the editor gives it: variables may be filled in, or not yet. */
interface Written extends Place {
  name?: string;
}

/**
 * What stands for `${command:pickTarget}` and `${command:pickNamespace}` in a launch configuration, on each launch anew.
 * Where both do, in whichever order, the namespace is asked for once.
 */
export function registerPickers(program: Program): vscode.Disposable {
  /** What was asked for in the present launch of a configuration, by its name. */
  const namespaces = new Map<string | undefined, string>();

  const namespaceOf = async (configuration: Written): Promise<string | undefined> => {
    const known = namespaces.get(configuration.name);
    if (known !== undefined) return known;
    const asked = await askNamespace({ program, place: said(configuration), title, canGoBack: false });
    const namespace = answerOf(asked);
    if (namespace !== undefined) namespaces.set(configuration.name, namespace);
    return namespace;
  };

  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(debugType, {
      // A launch begins, before its variables are filled in.
      resolveDebugConfiguration: (_folder, configuration) => {
        namespaces.delete(configuration.name);
        return configuration;
      },
    }),
    vscode.commands.registerCommand('localprocess-k8s.pickNamespace', (configuration: Written = {}) =>
      namespaceOf(configuration),
    ),
    vscode.commands.registerCommand('localprocess-k8s.pickTarget', async (configuration: Written = {}) => {
      const isAsked = isVariable(configuration.namespace);
      const namespace = isAsked ? await namespaceOf(configuration) : configuration.namespace;
      if (isAsked && namespace === undefined) return undefined;
      const place = { ...said(configuration), namespace };
      return answerOf(await askTarget({ program, place, title, canGoBack: false }))?.target;
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
