import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from './kubectl.ts';

/** The parts of a kubeconfig that the tests read and change. */
interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users: { user: Record<string, unknown> }[];
  contexts: { context: { namespace?: string } }[];
}

/** A kubeconfig of the test's own, in a folder that is removed at the end. */
export interface KubeconfigFile extends AsyncDisposable {
  path: string;
}

/** The real cluster's kubeconfig with something else in it: another user, server, authority (PEM) to trust, or namespace. */
export async function kubeconfigWith(change: {
  user?: Record<string, unknown>;
  server?: string;
  authority?: string;
  namespace?: string;
}): Promise<KubeconfigFile> {
  const config = await read();
  for (const entry of config.users) entry.user = change.user ?? entry.user;
  for (const { cluster } of config.clusters) {
    cluster.server = change.server ?? cluster.server;
    if (change.authority !== undefined)
      cluster['certificate-authority-data'] = Buffer.from(change.authority).toString('base64');
  }
  for (const { context } of config.contexts)
    if (change.namespace !== undefined) context.namespace = change.namespace;
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const path = join(folder, 'config');
  // YAML includes JSON.
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Where the real cluster is, whom to trust there (PEM), and the token of a user who may do everything. */
export async function realCluster(): Promise<{ server: string; authority: string; token: string }> {
  const { clusters, users } = await read();
  const { server = '', 'certificate-authority-data': authority = '' } = clusters[0]?.cluster ?? {};
  return {
    server,
    authority: Buffer.from(authority, 'base64').toString(),
    token: String(users[0]?.user.token),
  };
}

async function read(): Promise<Kubeconfig> {
  const text = await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']);
  return JSON.parse(text) as Kubeconfig;
}
