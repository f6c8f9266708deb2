import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { othersAreHere } from '../../../adapter/machine/services/people.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** Whether others are here while another user's process runs, in this machine's network or one of its own. */
async function othersBesideStranger(network: 'shared' | 'own'): Promise<boolean> {
  const becomeOther = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'];
  const [command = '', ...args] = [...(network === 'own' ? ['unshare', '--net'] : []), ...becomeOther];
  const stranger = spawn(command, [...args, 'sh', '-c', 'echo here; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(stranger.stdout, 'data');
  const others = othersAreHere();
  stranger.kill();
  await once(stranger, 'exit');
  return others;
}

asRoot(
  'every new connection took 25 ms beside a cluster on this machine, whose containers run as other users',
  async () => {
    const before = othersAreHere();
    expect(await othersBesideStranger('own')).toBe(before);
    expect(await othersBesideStranger('shared')).toBe(true);
  },
);
