import { lstat, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const dataLink = '..data';

/** Where the data of a volume is that the kubelet replaces at every change; `undefined`: it is none of those. */
export function dataOf(folder: string): Promise<string | undefined> {
  return readlink(join(folder, dataLink)).catch(() => undefined);
}

/** Whether a copy of a volume has the data that its link leads to: it may have been replaced while it was read. */
export async function isWhole(copy: string): Promise<boolean> {
  const data = await dataOf(copy);
  if (data === undefined) return true;
  const found = await lstat(join(copy, data)).catch(() => undefined);
  return found?.isDirectory() === true;
}

/**
 * Has `folder`, a copy of a volume, show what `fresh`, a newer one beside it, has: as the kubelet does it, in one
 * step, inside the folder, so that whoever has it open or mounted sees the change, and nobody half of it. What is
 * left of `fresh` is of no use. Source: Kubernetes, pkg/volume/util/atomic_writer.go.
 */
export async function swapIn(fresh: string, folder: string): Promise<void> {
  const data = await dataOf(fresh);
  const old = await dataOf(folder);
  if (data === undefined || old === undefined || data === old) return;
  for (const name of [data, old])
    if (!/^\.\.[^/\\]+$/.test(name) || name === dataLink) throw new Error(`Cannot use "${name}" as data.`);

  await rm(join(folder, data), { recursive: true, force: true });
  await rename(join(fresh, data), join(folder, data));
  const link = join(folder, `${dataLink}_tmp`);
  await rm(link, { force: true });
  await symlink(data, link);
  await rename(link, join(folder, dataLink));

  const [wanted, present] = await Promise.all([shown(fresh), shown(folder)]);
  for (const name of wanted.filter((each) => !present.includes(each)))
    await symlink(await readlink(join(fresh, name)), join(folder, name));
  for (const name of present.filter((each) => !wanted.includes(each))) await rm(join(folder, name));
  await rm(join(folder, old), { recursive: true, force: true });
}

/** The links by which a volume shows its data; all else in it is the kubelet's own. */
async function shown(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isSymbolicLink() && !entry.name.startsWith('..'))
    .map(({ name }) => name);
}
