import { mkdir, rm } from 'node:fs/promises';
import type { VolumeRequest, VolumeState } from '../../../agent/frames.ts';
import { VolumeBroken, type Volume } from '../../tunnel/volume.ts';
import { LaunchError, messageOf } from '../../errors.ts';
import { nameOf, type NamedMount } from './mounts.ts';
import { isWhole } from './swap.ts';
import { writeVolume, type LeftOut } from './write.ts';

/** Where volumes are read: the tunnel to the agent. */
export interface VolumeSource {
  volume(request: VolumeRequest, signal: AbortSignal): Promise<Volume>;
  volumeChanges(
    paths: readonly string[],
    tell: (state: VolumeState) => void,
    signal: AbortSignal,
  ): Promise<never>;
}

/** A volume is read again when the tunnel broke, or it was replaced in the pod, so often. */
const attempts = 3;

/**
 * Begins to read a mount in the pod.
 * @throws LaunchError `volume-unreadable`, or the signal's reason.
 */
export async function openMount(
  source: VolumeSource,
  mount: NamedMount,
  signal: AbortSignal,
): Promise<Volume> {
  try {
    return await source.volume({ path: mount.agentPath, without: mount.without }, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(mount, error);
  }
}

/**
 * Copies a mount to `path`, where nothing has to be, and gives what was left out. What changes in the pod
 * meanwhile is read again. `opened`: the first reading has begun already.
 * @throws LaunchError `volume-unreadable`, `folder-unwritable`, what `count` throws, or the signal's reason.
 */
export async function fetchMount(
  mount: NamedMount,
  options: {
    source: VolumeSource;
    path: string;
    count: (bytes: number) => void;
    signal: AbortSignal;
    opened?: Volume;
  },
): Promise<LeftOut[]> {
  const { source, path, count, signal } = options;
  let { opened } = options;
  for (let attempt = 1; ; attempt++) {
    await rm(path, { recursive: true, force: true });
    const { parts } = opened ?? (await openMount(source, mount, signal));
    opened = undefined;
    try {
      const leftOut = await writeVolume(parts, { path, secret: mount.secret, count });
      if (leftOut.some((each) => each.path === '')) await mkdir(path, { recursive: true, mode: 0o700 });
      if ((await isWhole(path)) || attempt === attempts) return leftOut;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LaunchError) throw error;
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw unwritable(mount, path, error);
      if (!(error instanceof VolumeBroken) || attempt === attempts) throw unreadable(mount, error);
    }
  }
}

function unreadable(mount: NamedMount, cause: unknown): LaunchError {
  return new LaunchError(
    'volume-unreadable',
    `Cannot read the volume "${nameOf(mount)}" at "${mount.mountPath}" in the pod: ${messageOf(cause)} Start the session again, or leave the volume out with "volumes": { "exclude": ["${nameOf(mount)}"] }.`,
    { cause, attribute: 'volumes.exclude' },
  );
}

function unwritable(mount: NamedMount, path: string, cause: unknown): LaunchError {
  return new LaunchError(
    'folder-unwritable',
    `Cannot write the copy of the volume "${nameOf(mount)}" to "${path}": ${messageOf(cause)}. Make room there, name another folder for temporary files in TMPDIR, or leave the volume out with "volumes": { "exclude": ["${nameOf(mount)}"] }.`,
    { cause, attribute: 'volumes.exclude' },
  );
}
