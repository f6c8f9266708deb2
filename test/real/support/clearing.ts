import { spawnSync } from 'node:child_process';
import { mainScript } from './f5.ts';

/**
 * Jest's global set-up: undoes what a run that was interrupted has left on this machine and in the cluster. A session
 * of the new run would do the same, in the middle of a test that has looked at the machine before.
 */
export default function clear(): void {
  const { status } = spawnSync(process.execPath, [mainScript, 'restore'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('What an earlier run left could not be undone: see the lines above.');
}
