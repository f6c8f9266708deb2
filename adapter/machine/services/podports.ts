import { LaunchError, messageOf, systemCode } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Progress } from '../../progress.ts';
import type { UndoStack } from '../../undo.ts';
import { isPort } from './externalendpoints.ts';
import { Listeners, type Outward } from './listeners.ts';
import { listenersOn, ownerText } from '../processes/sockets.ts';

/** A port of the pod's own localhost, and the one of 127.0.0.1 that leads there. */
export interface PodPort {
  local: number;
  remote: number;
  /** Whether `podPorts` named it. */
  asked: boolean;
}

/** What `podPorts` says. */
export interface PodPortChoice {
  added: PodPort[];
  leftOut: ReadonlySet<number>;
  /** Whether only those are wanted that were added. */
  onlyAdded: boolean;
}

/**
 * Reads `podPorts`: `PORT` and `LOCAL:REMOTE` add, `!PORT` leaves out, `!*` all that were not added. `localPorts` are the
 * local process's own. Fails with `configuration-invalid`.
 */
export function readPodPorts(texts: readonly string[], localPorts: readonly number[]): PodPortChoice {
  const added = new Map<number, PodPort>();
  const leftOut = new Set<number>();
  for (const text of texts) {
    if (text === '!*') continue;
    const [local = 0, remote = local] = text.replace('!', '').split(':').map(Number);
    if (!isPort(local) || !isPort(remote)) throw invalid(text, 'a port is a number from 1 to 65535');
    if (text.startsWith('!')) {
      leftOut.add(local);
      continue;
    }
    if (localPorts.includes(local))
      throw invalid(
        text,
        `the local process listens on port ${local}; write "OTHER:${remote}", with a free port`,
      );
    const other = added.get(local);
    if (other !== undefined && other.remote !== remote)
      throw invalid(text, `port ${local} leads to port ${other.remote} of the pod already`);
    added.set(local, { local, remote, asked: true });
  }
  return { added: [...added.values()], leftOut, onlyAdded: texts.includes('!*') };
}

/** The ports to have here, when the pod's other containers declare `declared`. */
export function choosePodPorts(
  declared: readonly number[],
  { added, leftOut, onlyAdded }: PodPortChoice,
): PodPort[] {
  const asked = new Set(added.flatMap(({ local, remote }) => [local, remote]));
  const others = onlyAdded ? [] : declared.filter((port) => !asked.has(port) && !leftOut.has(port));
  return [...added, ...[...new Set(others)].map((port) => ({ local: port, remote: port, asked: false }))];
}

/**
 * Listens on 127.0.0.1 for the pod's own localhost. A port that is in use here, or not permitted, is left out and
 * said, unless it was asked for. Resolves with those that lead to the pod; pushes its undo.
 * @throws LaunchError `port-in-use`, `listen-failed`.
 */
export async function exposePodPorts(
  ports: readonly PodPort[],
  options: Outward & {
    localPorts: readonly number[];
    undo: UndoStack;
    log: Log;
    progress: Progress;
  },
): Promise<PodPort[]> {
  const listeners = new Listeners(options);
  options.undo.push("Close the listeners of the pod's own ports", () => listeners.close());
  const left: string[] = [];
  const opened = ports.map(async (podPort) => {
    const { local, remote, asked } = podPort;
    if (options.localPorts.includes(local)) {
      left.push(`${local} (the local process listens there)`);
      return [];
    }
    const connections = listeners.connectionsTo({ host: 'localhost' }, remote);
    try {
      await listeners.listen({ address: '127.0.0.1', port: local, connections });
      return [podPort];
    } catch (error) {
      const inUse = systemCode(error) === 'EADDRINUSE';
      if (!inUse && systemCode(error) !== 'EACCES') throw error;
      const owner = inUse ? await ownerOn(local) : 'ports below 1024 need administrator rights';
      if (asked) throw unavailable(podPort, owner, inUse, error);
      left.push(`${local} (${owner})`);
      return [];
    }
  });
  const open = (await Promise.all(opened)).flat();
  if (left.length > 0)
    options.progress.say(
      `Ports of the pod's own localhost that 127.0.0.1 does not have here: ${left.join(', ')}. ` +
        'With "podPorts" they get other ones ("LOCAL:REMOTE"), or are left out ("!PORT").',
    );
  if (open.length > 0)
    options.progress.say(
      `The pod's own localhost: ${open.map(({ local, remote }) => `127.0.0.1:${local}${local === remote ? '' : ` → ${remote}`}`).join(', ')}`,
    );
  return open;
}

async function ownerOn(port: number): Promise<string> {
  const [listener] = await listenersOn(port);
  return listener === undefined ? 'it is in use' : `${ownerText(listener)} listens there`;
}

function unavailable({ local, remote }: PodPort, why: string, inUse: boolean, cause: unknown): LaunchError {
  const [code, next] = inUse
    ? (['port-in-use', 'End that process, or choose'] as const)
    : (['listen-failed', 'Choose'] as const);
  return new LaunchError(
    code,
    `Cannot listen on port "${local}" for the pod's port ${remote}: ${why} (${messageOf(cause)}). ${next} another local port in "podPorts", e.g. "${local + 10_000 < 65536 ? local + 10_000 : local - 10_000}:${remote}".`,
    { attribute: 'podPorts', cause },
  );
}

function invalid(text: string, reason: string): LaunchError {
  return new LaunchError('configuration-invalid', `Cannot use "${text}" in "podPorts": ${reason}.`, {
    attribute: 'podPorts',
  });
}
