import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { LaunchError } from '../../errors.ts';

/** How this user gets a mount namespace. */
export interface Way {
  /** Words before a command that may then mount as it likes. */
  enter: string[];
  /** Words before the command after that: it is what this user's processes are elsewhere. */
  become: string[];
}

/** What has to work: a mount, and a user's way back to being themselves. Nothing needs /sys meanwhile. */
const trial =
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; mount -n -t tmpfs localprocess-k8s /sys && exec "$@"';

/** Settings of the kernel that forbid it, below `/proc/sys`: the value with which they do, and one that allows it. */
const settings = [
  { file: 'user/max_user_namespaces', forbids: '0', allows: '15000' },
  { file: 'user/max_mnt_namespaces', forbids: '0', allows: '15000' },
  { file: 'kernel/unprivileged_userns_clone', forbids: '0', allows: '1' },
  { file: 'kernel/apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
];

const wanted = 'Install util-linux 2.36 or newer';

/**
 * How a mount namespace can be had here: with root's rights, else with those that everybody has in a user namespace
 * of their own. Tries it, and leaves nothing. `attribute` is the launch attribute that asks.
 * @throws LaunchError `isolation-unavailable`, or the signal's reason.
 */
export async function wayIntoNamespace(attribute: 'volumes.at' | 'hosts', signal: AbortSignal): Promise<Way> {
  const unavailable = (why: string, next: string) => {
    const without = attribute === 'hosts' ? '"hosts": "system"' : '"volumes": {"at": "folder"}';
    return new LaunchError(
      'isolation-unavailable',
      `Cannot give the local process files of its own: ${why}. ${next}, or set ${without}.`,
      { attribute },
    );
  };
  if (process.platform !== 'linux')
    throw unavailable('only Linux can show a process what others do not see', 'Use Linux');
  const unshare = await programNamed('unshare');
  if (unshare === undefined) throw unavailable('there is no program "unshare"', wanted);

  let said = '';
  for (const way of ways(unshare)) {
    const words = [...way.enter, '/bin/sh', '-c', trial, 'sh', ...way.become, 'true'];
    const tried = await execa(unshare, words, { reject: false, cancelSignal: signal, stdin: 'ignore' });
    signal.throwIfAborted();
    if (tried.exitCode === 0) return { ...way, enter: [unshare, ...way.enter] };
    said = tried.stderr.trim().split('\n')[0] ?? '';
  }
  if (said.includes('option')) throw unavailable(`"${unshare}" is too old or too small ("${said}")`, wanted);
  const against = await settingsAgainst();
  if (against.length === 0)
    throw unavailable(
      `this user may not have a mount namespace here ("${said}")`,
      'Start the editor as root, in a container with its capability SYS_ADMIN',
    );
  const names = against.map(({ name, forbids }) => `"${name} = ${forbids}"`).join(' and ');
  throw unavailable(
    `${names} forbids namespaces to this user ("${said}")`,
    `Allow them with "sudo sysctl ${against.map(({ name, allows }) => `${name}=${allows}`).join(' ')}", start the editor as root`,
  );
}

/** The best first. */
function ways(unshare: string): Way[] {
  // What is mounted on the machine meanwhile is seen inside as well, and nothing the other way round.
  const mounts = ['--mount', '--propagation', 'slave'];
  const [user, group] = [process.getuid?.(), process.getgid?.()];
  const everybodys: Way = {
    enter: ['--user', '--map-root-user', ...mounts],
    // Debuggers need nothing but to be the same user as what they debug; files have to belong to the real one.
    become: [unshare, '--user', `--map-user=${user}`, `--map-group=${group}`],
  };
  return user === 0 ? [{ enter: mounts, become: [] }, everybodys] : [everybodys];
}

async function settingsAgainst() {
  const read = await Promise.all(
    settings.map(async (setting) => ({
      ...setting,
      name: setting.file.replaceAll('/', '.'),
      is: (await readFile(`/proc/sys/${setting.file}`, 'utf8').catch(() => '')).trim(),
    })),
  );
  return read.filter(({ is, forbids }) => is === forbids);
}

async function programNamed(name: string): Promise<string | undefined> {
  const folders = ['/usr/bin', '/bin', ...(process.env.PATH ?? '').split(delimiter)];
  for (const folder of folders) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && found) return file;
  }
  return undefined;
}
