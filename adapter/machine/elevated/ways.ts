import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { LaunchError } from '../../errors.ts';

/** How a command is run with administrator rights. */
export interface Way {
  /** Its name for the user. */
  name: string;
  /** What comes before the command. */
  prefix: string[];
  /** Whether the system may ask the user. */
  prompts: boolean;
}

/** What the user can do without administrator rights; ends every message about them. */
export const without =
  'Set "useKubernetesServiceEnvironmentVariables": true to do without administrator rights.';

/**
 * The way to administrator rights on this system: none needed as root; on Linux the password program that the
 * user named (`SUDO_ASKPASS`), the desktop's own prompt (pkexec), or sudo where it asks for nothing.
 * @throws LaunchError `machine-unsupported` on systems that have no way here yet.
 */
export async function wayToAdministrator(env: NodeJS.ProcessEnv = process.env): Promise<Way> {
  if (process.platform === 'darwin') throw unsupported('macOS');
  if (process.platform === 'win32') throw unsupported('Windows');
  if (process.getuid?.() === 0) return { name: 'root', prefix: [], prompts: false };
  if (env.SUDO_ASKPASS) return { name: 'sudo -A', prefix: ['sudo', '-A', '--'], prompts: true };
  if ((env.DISPLAY || env.WAYLAND_DISPLAY) && (await isInstalled('pkexec', env))) {
    return { name: 'pkexec', prefix: ['pkexec'], prompts: true };
  }
  return { name: 'sudo -n', prefix: ['sudo', '-n', '--'], prompts: false };
}

async function isInstalled(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folders = (env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => access(join(folder, program), constants.X_OK).then(() => true));
  return Promise.any(found).catch(() => false);
}

function unsupported(system: string): LaunchError {
  return new LaunchError(
    'machine-unsupported',
    `Cannot write the cluster's service names to the hosts file on ${system} yet. ${without}`,
    { attribute: 'useKubernetesServiceEnvironmentVariables' },
  );
}

/**
 * Runs the command (its arguments follow) with this process's channel as standard input's place and lets go
 * of it: `sh` ends at once, so that nobody who ends the adapter's children, by process group or by parent,
 * finds the helper before it has cleaned up. `setsid` (util-linux or BusyBox) takes it out of the terminal.
 */
export const letGo = [
  '/bin/sh',
  '-c',
  'exec 3<&0; NODE_CHANNEL_FD=0 NODE_CHANNEL_SERIALIZATION_MODE=json setsid "$@" 0<&3 3<&- & exit 0',
  'sh',
];
