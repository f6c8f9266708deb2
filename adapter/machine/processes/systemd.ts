import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** A service that systemd keeps running. */
export interface Service {
  /** Its unit, e.g. `nginx.service`. */
  unit: string;
  /** It belongs to this user's own manager, not to the system's. */
  own: boolean;
}

/**
 * The service that a process belongs to, by the text of its `/proc/PID/cgroup` (cgroups(7)): the innermost
 * `.service` of the hierarchy that systemd manages, `0::` or, with version 1, `name=systemd`. A user's services
 * are those below `user@UID.service`; the manager itself, sessions and containers (scopes) are none.
 */
export function parseUnit(cgroup: string): (Service & { uid?: number }) | undefined {
  const paths = new Map(
    cgroup.split('\n').map((line) => [line.split(':')[1], line.split(':').slice(2).join(':')]),
  );
  const path =
    [paths.get('name=systemd'), paths.get('')].find((one) => one !== undefined && one !== '/') ?? '';
  const parts = path.split('/').map(unescaped);
  // What a service puts in folders of its own is part of it; a scope, also inside one, is not.
  const unit = parts.findLast((part) => /\.(service|scope)$/.test(part));
  if (unit?.endsWith('.service') !== true || /^user@\d+\.service$/.test(unit)) return undefined;
  const manager = parts
    .map((part) => /^user@(\d+)\.service$/.exec(part)?.[1])
    .find((uid) => uid !== undefined);
  return { unit, own: manager !== undefined, ...(manager !== undefined && { uid: Number(manager) }) };
}

/** systemd puts `_` before names of units that mean something to the control groups. */
function unescaped(part: string): string {
  return part.replace(/^_(?=.)/, '');
}

/**
 * The service that would start `pid` again: the one it is the main process of, or whose main process leads its
 * session. Others that only happen to run inside (what somebody started over ssh, say) are ended by themselves. Never
 * the service that this process is part of, nor another user's own. `undefined` where there is no systemd.
 */
export async function serviceOf(pid: number): Promise<Service | undefined> {
  const [theirs, ours] = await Promise.all([
    read(pid, 'cgroup').then(parseUnit),
    read('self', 'cgroup').then(parseUnit),
  ]);
  if (theirs === undefined || theirs.unit === ours?.unit) return undefined;
  const { unit, own, uid } = theirs;
  if (own && uid !== process.getuid?.()) return undefined;
  const service = { unit, own };
  const main = Number(await systemctl(service, ['show', '--property', 'MainPID', '--value']).catch(() => ''));
  const stat = await read(pid, 'stat');
  const session = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  return main > 1 && [pid, session].includes(main) ? service : undefined;
}

/** Stops a service; it is not started again until somebody does. Rejects with systemd's own words. */
export async function stopService(service: Service): Promise<void> {
  await systemctl(service, ['stop']);
}

async function systemctl({ unit, own }: Service, [verb = '', ...options]: string[]): Promise<string> {
  const args = [...(own ? ['--user'] : []), verb, '--no-ask-password', ...options, '--', unit];
  const result = await execa('systemctl', args, {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    reject: false,
  });
  if (!result.failed) return result.stdout.trim();
  throw new Error(result.stderr.trim().replaceAll('\n', ' ') || result.shortMessage, { cause: result });
}

function read(pid: number | 'self', file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
