import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where state outlives a process, per user: the XDG base directory, and what other systems have for it. */
export function stateFolder(): string {
  switch (process.platform) {
    case 'win32':
      return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'localprocess-k8s');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'localprocess-k8s');
    default:
      return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'localprocess-k8s');
  }
}

/** What a session keeps on this machine while it lives, in a folder of mode 0700 that ends with it. */
export function sessionFolder(session: string): string {
  return join(tmpdir(), `localprocess-k8s-${session}`);
}
