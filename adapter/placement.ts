import { randomBytes } from 'node:crypto';
import { agentPods } from './cluster/agentPod.ts';
import type { Api } from './cluster/api.ts';
import { owner } from './cluster/names.ts';
import { agentPayload } from './cluster/payload.ts';
import { createAgents } from './cluster/place.ts';
import type { Pod } from './cluster/resources.ts';
import { commonLabels, type Target } from './cluster/target.ts';
import type { Configuration } from './configuration.ts';
import type { Journal, JournalRecord } from './journal.ts';
import type { Scope } from './scope.ts';

/** Agents that run, and what it takes to speak to them. */
export interface Placed {
  pods: readonly Pod[];
  token: string;
  controlPort: number;
}

/** Step 4 of a launch: writes down what will be placed, places it, and waits until it runs. */
export async function placeAgents(
  api: Api,
  { target, journal, options }: { target: Target; journal: Journal; options: Configuration['agent'] },
  { session, since, progress, signal }: Scope,
): Promise<Placed> {
  const token = randomBytes(32).toString('hex');
  const payload = await agentPayload();
  const agents = agentPods({ ...options, target, session, owner: owner(), since, token, payload });
  const { controlPort, omitted } = agents;
  await journal.write({ agents: forLeaving(target, { token, controlPort, ...options }) });
  if (omitted.length > 0)
    progress.say(`Init containers left out, since they write to lasting volumes: ${omitted.join(', ')}`);
  const { namespace } = target;
  const pods = await createAgents(api, agents, { ...options, namespace, session, progress, signal });
  return { pods, token, controlPort };
}

function forLeaving(
  target: Target,
  { token, controlPort, leaveSeconds }: { token: string; controlPort: number; leaveSeconds: number },
): NonNullable<JournalRecord['agents']> {
  const { name, uid } = target.replicaSet.metadata;
  const { spareLabel, routedWithoutSpare } = target;
  return {
    token,
    controlPort,
    spareLabel,
    routedWithoutSpare,
    labels: commonLabels(target),
    replicaSet: { name, uid },
    leaveSeconds,
  };
}
