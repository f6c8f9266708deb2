import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

let count = 0;

/** Shows these files in a folder as the kubelet does it (pkg/volume/util/atomic_writer.go), in one step. */
export async function show(folder: string, files: Record<string, string>, mode = 0o644): Promise<string> {
  const data = `..2026_11_24_10_00_00.${String(++count).padStart(9, '0')}`;
  const old = await readlink(join(folder, '..data')).catch(() => undefined);
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, data, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text, { mode });
  }
  await mkdir(join(folder, data), { recursive: true });
  await symlink(data, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  const tops = [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))];
  const present = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  for (const name of tops.filter((each) => !present.includes(each)))
    await symlink(join('..data', name), join(folder, name));
  for (const name of present.filter((each) => !tops.includes(each))) await rm(join(folder, name));
  if (old !== undefined) await rm(join(folder, old), { recursive: true });
  return data;
}
