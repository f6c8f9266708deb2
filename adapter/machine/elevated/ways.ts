import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { LaunchError } from '../../errors.ts';
import { osascriptPrompt, plainStart, powerShellPrompt } from './prompts.ts';
import { inheriting, throughDoor, type Open } from './starting.ts';

/** How the helper is started with administrator rights, and what this system needs of it. */
export interface Way {
  /** Its name for the user. */
  name: string;
  /** Whether the system may ask the user. */
  prompts: boolean;
  /** Starts the helper, and reaches it. */
  open: Open;
  /** Whether the loopback interface has only those addresses that it was given: see `LoopbackAliases`. */
  aliases: boolean;
  /** What would let the system ask the user. */
  advice?: string;
}

/** What the user can do without administrator rights; ends every message about them. */
export const without =
  process.platform === 'linux'
    ? 'To do without administrator rights, set "hosts": "private", which shows the names to the local process alone, or "useKubernetesServiceEnvironmentVariables": true.'
    : 'Set "useKubernetesServiceEnvironmentVariables": true to do without administrator rights.';

/**
 * The way to administrator rights on this system. Linux: none needed as root; the password program that the user named
 * (`SUDO_ASKPASS`), the desktop's own prompt (pkexec), or sudo where it asks for nothing. macOS: the system's prompt by
 * osascript, or none as root. Windows: User Account Control, which asks nothing of who has the rights already.
 * @throws LaunchError `machine-unsupported` on other systems.
 */
export async function wayToAdministrator(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<Way> {
  const root = process.getuid?.() === 0;
  switch (platform) {
    case 'linux':
      return { ...(await wayOfLinux(env, root)), aliases: false };
    case 'darwin':
      return root
        ? { name: 'root', prompts: false, open: throughDoor(plainStart), aliases: true }
        : { name: 'osascript', prompts: true, open: throughDoor(osascriptPrompt), aliases: true };
    case 'win32': {
      const open = throughDoor(powerShellPrompt);
      return { name: 'User Account Control', prompts: true, open, aliases: false };
    }
    default:
      throw new LaunchError(
        'machine-unsupported',
        `Cannot get administrator rights on "${platform}": there is no way here yet. ${without}`,
        { attribute: 'useKubernetesServiceEnvironmentVariables' },
      );
  }
}

async function wayOfLinux(env: NodeJS.ProcessEnv, root: boolean): Promise<Omit<Way, 'aliases'>> {
  if (root) return { name: 'root', prompts: false, open: inheriting([]) };
  if (env.SUDO_ASKPASS) return { name: 'sudo -A', prompts: true, open: inheriting(['sudo', '-A', '--']) };
  if ((env.DISPLAY || env.WAYLAND_DISPLAY) && (await isInstalled('pkexec', env)))
    return { name: 'pkexec', prompts: true, open: inheriting(['pkexec']) };
  return {
    name: 'sudo -n',
    prompts: false,
    open: inheriting(['sudo', '-n', '--']),
    advice: 'Name a password program in SUDO_ASKPASS, or start a desktop session with pkexec.',
  };
}

async function isInstalled(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folders = (env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => access(join(folder, program), constants.X_OK).then(() => true));
  return Promise.any(found).catch(() => false);
}
