import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { LaunchError, messageOf } from '../../errors.ts';
import { isIn, kindOf, placeOf, placeOfEntry } from './place.ts';

/** Something of this machine that the local process alone sees at another path as well. */
export interface Bind {
  /** A file or folder that lives elsewhere, e.g. in the session's folder; an absolute path. */
  from: string;
  /** Where it is seen: an absolute path, which need not exist on this machine. */
  to: string;
}

/** What a mount namespace has to look like, in the order in which it is made. */
export interface MountPlan {
  /**
   * Folders of this machine that lack a mount point: each is covered by one in memory that shows all it holds but
   * `without`. Outer ones first.
   */
  covers: { folder: string; without: string[] }[];
  /** What is mounted, outer ones first; the mount point is made in a cover where it does not exist. */
  mounts: { from: string; to: string; kind: 'file' | 'folder' }[];
  /** Files that are written into covers. */
  files: { path: string; text: string }[];
}

/** The kernel's: nobody can mount anything inside, nor make a file there. */
const kernels = ['/proc', '/sys'];

/** What every program of this machine needs: it can be added to, not hidden. */
const everybodys = [
  '/bin',
  '/sbin',
  '/lib',
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib',
  '/etc',
  '/dev',
  '/run',
  '/var',
];

/**
 * Plans how each bind is to be seen at its path, without a trace on this machine. `keep`: what the debugger and the
 * local process go on needing of it, beside what every program does; folders among it are worked in. Mount points
 * that are inside other binds are made where these live.
 * @throws LaunchError `isolation-unavailable` that names the path which cannot be shown.
 */
export async function planMounts(binds: readonly Bind[], keep: readonly string[]): Promise<MountPlan> {
  // Editors start programs in `/` as well, and nobody works in that.
  const worked = (await paths([...keep, process.cwd()])).filter((path) => path !== '/');
  const shared = await paths([tmpdir(), homedir(), ...set(process.env.XDG_RUNTIME_DIR)]);
  const needed = [
    ...(await paths([...kernels, ...everybodys, process.execPath, ...binds.map(({ from }) => from)])),
    ...worked,
    ...shared,
  ];
  const covers = new Map<string, Set<string>>();
  const mounts: MountPlan['mounts'] = [];

  const cover = async (folder: string, without: string): Promise<boolean> => {
    const asItIs = [
      ...worked.filter((path) => isIn(folder, path)),
      ...shared.filter((path) => path === folder),
    ];
    if (asItIs.length > 0 || isIn(folder, '/dev') || !(await canBeListed(folder, needed))) return false;
    covers.set(folder, (covers.get(folder) ?? new Set()).add(without));
    return true;
  };

  const placed = await Promise.all(
    binds.map(async ({ from, to }) => {
      const kind = await kindOf(from);
      return { from, to, kind, place: await (kind === 'file' ? placeOfEntry(to) : placeOf(to)) };
    }),
  );
  // An outer one would hide what was mounted inside it before.
  placed.sort((a, b) => depth(a.place.path) - depth(b.place.path));
  for (const { from, to, kind, place } of placed) {
    const { path, folder } = place;
    refuse(to, path, needed);
    const outer = mounts.findLast((mount) => isIn(path, mount.to));
    if (outer !== undefined) await makeIn(outer, { path, kind, to });
    else {
      const [name = ''] = relative(folder, path).split(sep);
      // A mount on a file of the machine would end when somebody replaces the file, as editors and installers do.
      const covered = (place.kind !== kind || kind === 'file') && (await cover(folder, name));
      if (!covered && place.kind !== kind) throw uncoverable(to, folder);
    }
    mounts.push({ from, to: path, kind });
  }
  const outerFirst = [...covers].sort(([a], [b]) => depth(a) - depth(b));
  return {
    covers: outerFirst.map(([folder, without]) => ({ folder, without: [...without] })),
    mounts,
    files: [],
  };
}

function refuse(to: string, path: string, needed: readonly string[]): void {
  const kernel = kernels.find((folder) => isIn(path, folder));
  if (kernel !== undefined)
    throw unavailable(to, `nothing can be mounted in "${kernel}", which is the kernel's`, leaveOut(to));
  const hidden = needed.find((one) => isIn(one, path));
  if (hidden !== undefined)
    throw unavailable(
      to,
      hidden === path
        ? 'programs of this machine, its debuggers among them, need what it has there itself'
        : `it would hide "${hidden}", which this session needs`,
      leaveOut(to),
    );
}

function uncoverable(to: string, folder: string): LaunchError {
  return unavailable(
    to,
    `this machine has nothing to mount it on, and "${folder}", where that could be made up, is worked in by this session`,
    `Create "${to}" here (it stays empty), or ${leaveOut(to, 'leave')}`,
  );
}

function leaveOut(to: string, leave = 'Leave'): string {
  return `${leave} it out with "volumes": {"exclude": ["${to}"]}, or set "volumes": {"at": "folder"}.`;
}

function unavailable(to: string, why: string, next: string): LaunchError {
  return new LaunchError(
    'isolation-unavailable',
    `Cannot show "${to}" of the pod to the local process at that path: ${why}. ${next}`,
    { attribute: 'volumes.at' },
  );
}

/** A folder that may not be listed shows nothing to whoever cannot; unless what is needed is in it. */
async function canBeListed(folder: string, needed: readonly string[]): Promise<boolean> {
  try {
    await access(folder, constants.R_OK);
    return true;
  } catch {
    return !needed.some((path) => path !== folder && isIn(path, folder));
  }
}

/** Container runtimes do the same: a mount inside a volume makes its mount point there. */
async function makeIn(
  outer: MountPlan['mounts'][number],
  { path, kind, to }: { path: string; kind: 'file' | 'folder'; to: string },
): Promise<void> {
  const point = join(outer.from, relative(outer.to, path));
  try {
    await mkdir(kind === 'folder' ? point : dirname(point), { recursive: true });
    if (kind === 'file') await writeFile(point, '', { flag: 'a' });
  } catch (error) {
    throw unavailable(
      to,
      `in the volume around it, "${point}" cannot be made: ${messageOf(error)}`,
      leaveOut(to),
    );
  }
}

async function paths(given: readonly string[]): Promise<string[]> {
  return Promise.all(given.map(async (path) => (await placeOf(path)).path));
}

function set(value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [value];
}

function depth(path: string): number {
  return path.split(sep).length;
}
