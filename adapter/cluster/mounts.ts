import { posix } from 'node:path';
import { mountRoot } from './agentPod.ts';
import type { Container, Pod, PodSpec } from './resources.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

/** A volume as the original's container has it, and where the agent's has it. */
export interface VolumeMount {
  volume: string;
  mountPath: string;
  agentPath: string;
  secret: boolean;
  /** Paths in it at which other volumes are mounted, relative. */
  without: string[];
}

/**
 * The volumes of an agent's pod, as it was read back: what the original's container has is below a folder of its
 * own there; what admission added, as the service account's token, is where the original would have it, too.
 */
export function mountsOf({ spec }: Pod): VolumeMount[] {
  const mounts = (spec.containers[0]?.volumeMounts ?? []).map((mount) => ({
    volume: mount.name,
    mountPath: originalPath(mount),
    agentPath: clean(mount.mountPath),
    secret: (spec.volumes ?? []).some((volume) => volume.name === mount.name && holdsSecrets(volume)),
  }));
  // Admission does not know that the original's own mount at the same path is there already, elsewhere.
  const isOwn = ({ mountPath, agentPath }: (typeof mounts)[number]) => mountPath !== agentPath;
  const shown = mounts.filter(
    (mount) => isOwn(mount) || !mounts.some((other) => isOwn(other) && other.mountPath === mount.mountPath),
  );
  return shown.map((mount) => ({
    ...mount,
    without: mounts
      .filter(({ agentPath }) => agentPath.startsWith(`${mount.agentPath}/`))
      .map(({ agentPath }) => bytesOf(agentPath.slice(mount.agentPath.length + 1))),
  }));
}

function originalPath({ mountPath }: NonNullable<Container['volumeMounts']>[number]): string {
  const path = clean(mountPath);
  return path.startsWith(`${mountRoot}/`) ? path.slice(mountRoot.length) : path;
}

/** A path without what the kernel does not care for. */
function clean(path: string): string {
  return posix.join('/', path).replace(/(.)\/$/, '$1');
}

/** Whether what a volume shows are secrets; what a CSI driver shows may be, and what is to be in memory only. */
function holdsSecrets({ secret, csi, projected, emptyDir }: Volume): boolean {
  const sources = projected?.sources ?? [];
  return (
    secret !== undefined ||
    csi !== undefined ||
    emptyDir?.medium === 'Memory' ||
    sources.some((source) => source.secret !== undefined || source.serviceAccountToken !== undefined)
  );
}

/** Names in volumes are bytes, one character each. */
function bytesOf(path: string): string {
  return Buffer.from(path).toString('latin1');
}
