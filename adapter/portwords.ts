import type { PortPair } from './cluster/ports.ts';
import type { Occupant } from './machine/processes/occupants.ts';
import type { Belonging } from './sessionprocesses.ts';

/** An occupant, and what it belongs to: then it is not to be ended. */
export interface Claim {
  occupant: Occupant;
  belonging: Belonging | undefined;
}

/** Longer command lines are cut: a question has to be read. */
const longestCommand = 200;

/** These hold ports for containers (Docker, Podman, Docker Desktop). */
const containerProxies = new Set(['docker-proxy', 'rootlessport', 'com.docker.backend', 'com.docker.backe']);

/** An occupant in words, e.g. `"node" (process 4711, "node server.js")`. */
export function nameOf({ holder, uid }: Occupant): string {
  if (holder === undefined) {
    const whose =
      uid === undefined ? 'another user' : uid === process.getuid?.() ? 'no visible owner' : `user ${uid}`;
    return `a process of ${whose}`;
  }
  const { pid, process: name, command = '', service } = holder;
  const line = command.replace(/\s+/g, ' ');
  const shown = line.length > longestCommand ? `${line.slice(0, longestCommand)}…` : line;
  const details = [
    `process ${pid}`,
    ...(shown === '' ? [] : [`"${shown}"`]),
    ...(service === undefined ? [] : [`of the service "${service.unit}"`]),
    ...(containerProxies.has(name ?? '') ? ['for a port of a container'] : []),
  ];
  return `"${name ?? 'a process'}" (${details.join(', ')})`;
}

/** Ports in words: `port "3000"`, `ports "3000" and "5000"`. */
export function portsText(ports: readonly number[]): string {
  const quoted = ports.map((port) => `"${port}"`);
  const last = quoted.pop() ?? 'none';
  return quoted.length === 0 ? `port ${last}` : `ports ${quoted.join(', ')} and ${last}`;
}

/** What the user is asked. */
export function questionText(occupants: readonly Occupant[]): string {
  const ports = occupants.flatMap(({ ports }) => ports);
  return `The local process needs ${portsText(ports)}. ${sentences(occupants)} Stop ${occupants.length === 1 ? 'it' : 'them'}?`;
}

/** Why the ports cannot be used, and every way out there is. */
export function refusalText(claims: readonly Claim[], pairs: readonly PortPair[]): string {
  const occupants = claims.map(({ occupant }) => occupant);
  const ports = occupants.flatMap((occupant) => occupant.ports);
  const reasons = claims.flatMap(({ occupant, belonging }) => reasonToSpare(occupant, belonging) ?? []);
  const ways =
    reasons.length > 0
      ? `${reasons.join(' ')} Or choose ${otherPort(ports, pairs)}.`
      : `End ${occupants.length === 1 ? 'that process' : 'these processes'}, or choose ${otherPort(ports, pairs)}, or set "portConflict": "stop" to have ${occupants.length === 1 ? 'it' : 'them'} ended.`;
  return `Cannot use ${portsText(ports)} for the local process. ${sentences(occupants)} ${ways}`;
}

/** One sentence for each: `"node" (process 4711, "node server.js") listens on 3000.` */
function sentences(occupants: readonly Occupant[]): string {
  return occupants
    .map((occupant) => {
      const name = nameOf(occupant);
      return `${name.charAt(0).toUpperCase()}${name.slice(1)} listens on ${occupant.ports.join(' and ')}${occupants.length === 1 ? ' already' : ''}.`;
    })
    .join(' ');
}

/** Why an occupant is never ended, and how the user gets its port; `undefined` for one that may be. */
function reasonToSpare({ holder }: Occupant, belonging: Belonging | undefined): string | undefined {
  if (holder === undefined || belonging === undefined) return undefined;
  if (belonging.to === 'system') return `Process ${holder.pid} is the system's own.`;
  if (belonging.to === 'editor') return `Process ${holder.pid} has started this session: end it by yourself.`;
  const { session, target, since } = belonging;
  if (session === undefined)
    return `Process ${holder.pid} belongs to a session of localprocess-k8s: stop that one in its editor.`;
  const on = target === undefined ? '' : ` on "${target}"${since === undefined ? '' : `, begun ${since}`}`;
  return `Process ${holder.pid} belongs to the session "${session}"${on}: stop that one in its editor, or with "localprocess-k8s restore --session ${session}".`;
}

/** The way that is always there: `another local port in "ports", e.g. "3001:80"`. */
export function otherPort(taken: readonly number[], pairs: readonly PortPair[]): string {
  const pair = pairs.find(({ local }) => taken.includes(local));
  const local = (pair?.local ?? 3000) + 1;
  return `another local port in "ports", e.g. "${local > 65_535 ? 3000 : local}:${pair?.remote ?? 80}"`;
}
