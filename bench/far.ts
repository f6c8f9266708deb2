import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfig, kubectl } from '../test/real/support/kubectl.ts';
import { Child } from './child.ts';
import type { Delay } from './delay.ts';

/** The same cluster behind a network with a long way. */
export interface Far extends AsyncDisposable {
  kubeconfig: string;
}

interface Config {
  clusters: { cluster: { server: string } }[];
}

/** A copy of the kubeconfig that leads through a relay; its API server's certificate has to hold for 127.0.0.1. */
export async function farAway(roundTripMs: number): Promise<Far> {
  const relay = new Child<Delay, number>('delay');
  const folder = await mkdtemp(join(tmpdir(), 'bench-far-'));
  const flags = ['--raw', '--minify', '--flatten', '--output=json'];
  const config = JSON.parse(await kubectl(['config', 'view', ...flags])) as Config;
  const cluster = config.clusters[0]?.cluster;
  if (cluster === undefined) throw new Error(`Cannot read a cluster from "${kubeconfig}".`);
  const { hostname, port, protocol } = new URL(cluster.server);
  if (protocol !== 'https:') throw new Error(`Cannot delay "${cluster.server}": it is not https.`);
  const relayed = await relay.ask({ host: hostname, port: Number(port || 443), oneWayMs: roundTripMs / 2 });
  cluster.server = `https://127.0.0.1:${relayed}`;
  const path = join(folder, 'kubeconfig');
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return {
    kubeconfig: path,
    async [Symbol.asyncDispose]() {
      relay[Symbol.dispose]();
      await rm(folder, { recursive: true });
    },
  };
}
