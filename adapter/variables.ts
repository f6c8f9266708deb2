import { specifiedVariables } from './cluster/agentEnvironment.ts';
import type { OriginalEnvironment } from './cluster/originalEnvironment.ts';
import { podVariables } from './machine/environment/podvariables.ts';
import type { Progress } from './progress.ts';

/**
 * The variables of the original container, out of the agent's environment and, where it could be read, the
 * original's; what cannot be known is said.
 */
export function variablesOf(
  sources: { agent: Record<string, string>; original: OriginalEnvironment; named: ReadonlySet<string> },
  progress: Progress,
): Record<string, string> {
  const { agent, original, named } = sources;
  if ('unknown' in original) {
    progress.say(
      `The variables that the container's image sets are left out: they cannot be read, because ${original.unknown}. Those of the pod's specification are complete.`,
    );
  }
  return podVariables({
    agent: specifiedVariables(agent),
    original: 'variables' in original ? original.variables : undefined,
    named,
  });
}
