import { matches } from '../../globs.ts';

/** A volume as it is mounted in the container. */
export interface Mount {
  /** The volume's name, as the pod's specification has it. */
  volume: string;
  /** Where the container has it. */
  mountPath: string;
  /** Where the agent's container has it. */
  agentPath: string;
  /** Whether it holds secrets: it is then kept in memory where that can be, and its user's alone. */
  secret: boolean;
  /** Paths in it at which other volumes are mounted, relative. */
  without: string[];
}

/** A mount that is copied. */
export interface NamedMount extends Mount {
  /** Ends its variable's name, and is its folder's; unique in the session. */
  name: string;
}

/** `volumes` of the launch arguments. */
export interface VolumeChoice {
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  /** The most that is copied, all volumes together: bytes, or with `Ki`, `Mi` or `Gi`. */
  maxSize: string;
}

/** Admission names the volume of a service account's token so, with an ending of its own for every pod. */
const tokenVolume = /^(kube-api-access)-[a-z0-9]{5}$/;

/** The name of a volume for people: the same in every session. */
export function nameOf({ volume }: Mount): string {
  return volume.replace(tokenVolume, '$1');
}

/** The mounts that the patterns choose, by volume name or mount path; and the patterns that choose none. */
export function chooseMounts(
  mounts: readonly Mount[],
  { include, exclude = [] }: VolumeChoice,
): { chosen: NamedMount[]; unmatched: string[] } {
  const meant = (mount: Mount, patterns: readonly string[]) =>
    [mount.volume, nameOf(mount), mount.mountPath].some((name) => matches(name, patterns));
  const chosen = mounts.filter(
    (mount) => (include === undefined || meant(mount, include)) && !meant(mount, exclude),
  );
  const patterns = [...(include ?? []), ...exclude];
  return {
    chosen: named(chosen),
    unmatched: patterns.filter((pattern) => !mounts.some((mount) => meant(mount, [pattern]))),
  };
}

/** Mounts of one volume have numbers from the second on. */
function named(mounts: readonly Mount[]): NamedMount[] {
  const taken = new Set<string>();
  return mounts.map((mount) => {
    const stem = nameOf(mount)
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, '_');
    let name = stem;
    for (let number = 2; taken.has(name); number++) name = `${stem}_${number}`;
    taken.add(name);
    return { ...mount, name };
  });
}

const units: Record<string, number> = { '': 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

/** A number of bytes, as `volumes.maxSize` has it; the schema has checked its form. */
export function parseSize(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(|Ki|Mi|Gi)$/.exec(text) ?? [];
  return Number(digits) * (units[unit] ?? 1);
}

/** A number of bytes for people, rounded up: `12 bytes`, `1.5 MiB`. */
export function inWords(bytes: number): string {
  const unit = ['Gi', 'Mi', 'Ki'].find((name) => bytes >= (units[name] ?? 1));
  if (unit === undefined) return `${bytes} bytes`;
  return `${Math.ceil((bytes * 10) / (units[unit] ?? 1)) / 10} ${unit}B`;
}
