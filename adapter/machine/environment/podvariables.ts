import { isLink } from '../services/servicelinks.ts';

/** Where the pod's variables are known from. */
export interface PodSources {
  /** The agent's environment: exact for all that the pod's specification sets. */
  agent: Readonly<Record<string, string>>;
  /** The original's, if it could be read: it has what the image sets as well. */
  original?: Readonly<Record<string, string>> | undefined;
  /** The names that the pod's specification sets in `env`. */
  named: ReadonlySet<string>;
}

/** What the agent's own image brings along: known for when there is no original to compare with. */
const ofTheAgentsImage = ['NODE_VERSION', 'YARN_VERSION'];

/** These name the pod, and the pod is the agent's. */
const ofThePod = ['HOSTNAME'];

/**
 * The variables of the original container: what the specification sets as the agent has it, since `status.podIP`
 * and the like are those of the pod that is there now; all other as the original has it. Without an original
 * what the agent has is the best that is known.
 */
export function podVariables({ agent, original, named }: PodSources): Record<string, string> {
  if (original === undefined) {
    const others = ofTheAgentsImage.filter((name) => !named.has(name));
    return Object.fromEntries(Object.entries(agent).filter(([name]) => !others.includes(name)));
  }
  const links = new Set([...linkNames(agent), ...linkNames(original)]);
  const fromAgent = (name: string) => named.has(name) || ofThePod.includes(name) || links.has(name);
  return Object.fromEntries([
    ...Object.entries(original).filter(([name]) => !fromAgent(name)),
    ...Object.entries(agent).filter(([name]) => fromAgent(name)),
  ]);
}

/** The names of an environment's service links: a service whose address and port are told in each of their ways. */
export function linkNames(environment: Readonly<Record<string, string>>): string[] {
  const prefixes = Object.keys(environment).flatMap((name) => {
    const prefix = /^(.+)_SERVICE_HOST$/.exec(name)?.[1];
    return prefix !== undefined &&
      isLink(name, environment[name] ?? '') &&
      `${prefix}_SERVICE_PORT` in environment &&
      `${prefix}_PORT` in environment
      ? [`${prefix}_`]
      : [];
  });
  const shape = /^(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\d+_[A-Z]+(_PROTO|_PORT|_ADDR)?)$/;
  return Object.entries(environment).flatMap(([name, value]) =>
    isLink(name, value) &&
    prefixes.some((prefix) => name.startsWith(prefix) && shape.test(name.slice(prefix.length)))
      ? [name]
      : [],
  );
}
