import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from './kubectl.ts';

/** The parts of a kubeconfig that the tests change. */
export interface Kubeconfig {
  'current-context': string;
  clusters: { name: string; cluster: { server: string; [attribute: string]: unknown } }[];
  contexts: { name: string; context: Record<string, unknown> }[];
  users: { name: string; user: Record<string, unknown> }[];
}

/** A kubeconfig of the test's own, in a folder that is removed at the end. */
export interface KubeconfigFile extends AsyncDisposable {
  path: string;
  folder: string;
}

/** The real cluster's kubeconfig with something else in it: another user, or another server. */
export async function kubeconfigWith(
  change: { user?: Record<string, unknown>; server?: string } = {},
): Promise<KubeconfigFile> {
  const real = await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']);
  const config = JSON.parse(real) as Kubeconfig;
  for (const entry of config.users) entry.user = change.user ?? entry.user;
  for (const { cluster } of config.clusters) cluster.server = change.server ?? cluster.server;
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const path = join(folder, 'config');
  // YAML includes JSON.
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return { path, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The user of the real cluster's kubeconfig, who may do everything. */
export async function administrator(): Promise<Record<string, unknown>> {
  const real = await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']);
  return (JSON.parse(real) as Kubeconfig).users[0]?.user ?? {};
}
