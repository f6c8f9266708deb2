import type { VolumeSize } from '../../../agent/frames.ts';
import { LaunchError } from '../../errors.ts';
import { inWords, nameOf, type NamedMount } from './mounts.ts';

/**
 * Makes sure that volumes of these sizes may be copied.
 * @throws LaunchError `volumes-too-large`, which names the largest.
 */
export function assertFits(sizes: readonly { mount: NamedMount; size: VolumeSize }[], most: number): void {
  const total = sizes.reduce((sum, { size }) => sum + size.bytes, 0);
  if (total <= most) return;
  const [largest] = [...sizes].sort((a, b) => b.size.bytes - a.size.bytes);
  if (largest === undefined) return;
  const atLeast = (more: boolean) => (more ? 'at least ' : '');
  const more = sizes.some(({ size }) => size.more);
  throw tooLarge(
    largest.mount,
    `they have ${atLeast(more)}${inWords(total)} together`,
    `has ${atLeast(largest.size.more)}${inWords(largest.size.bytes)}`,
    most,
  );
}

/**
 * Counts bytes of volumes, wherever they are from, while they arrive: sizes that were told may be wrong by then.
 * What it gives throws `volumes-too-large` when there are too many.
 */
export function counter(most: number): (mount: NamedMount) => (bytes: number) => void {
  let total = 0;
  return (mount) => (bytes) => {
    total += bytes;
    if (total > most) throw tooLarge(mount, 'they grew while they were read', 'is one that did', most);
  };
}

function tooLarge(mount: NamedMount, why: string, whatOfIt: string, most: number): LaunchError {
  const name = nameOf(mount);
  return new LaunchError(
    'volumes-too-large',
    `Cannot copy the volumes of the pod: ${why}, and "volumes.maxSize" is ${inWords(most)}. "${name}" at "${mount.mountPath}" ${whatOfIt}. Leave it out with "volumes": { "exclude": ["${name}"] }, name those that you need in "volumes.include", or raise "volumes.maxSize".`,
    { attribute: 'volumes.maxSize' },
  );
}
