import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import type { Namespace } from './namespace.ts';
import { processes } from './processes.ts';

/** Everything a session could leave behind, as it is now. */
export interface Snapshot extends MachineState {
  deployments: unknown[];
  /** The controlled pods that are to stay, each by its app and its containers' images. */
  pods: string[];
}

interface MachineState {
  hosts: string;
  /** The rules for sessions' redirects. */
  redirects: string[];
  sessions: string[];
  processes: string[];
  /** Sessions' folders, also the memory-backed ones. */
  folders: string[];
}

const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');

/** What is there before a test; waits for what an earlier one, that has failed, is still restoring. */
export async function snapshot(namespace: Namespace): Promise<Snapshot> {
  for (let waited = 0; waited < 30_000 && isBusy(machine()); waited += 50) await setTimeout(50);
  return stateOf(namespace);
}

function isBusy({ sessions, processes }: MachineState): boolean {
  return sessions.length > 0 || processes.length > 0;
}

/** What is there now. */
export async function stateOf(namespace: Namespace): Promise<Snapshot> {
  const [deployments, pods] = await Promise.all([namespace.get('deployments'), namespace.get('pods')]);
  return {
    ...machine(),
    deployments: deployments.items.map(({ metadata, spec }) => ({
      name: metadata.name,
      generation: metadata.generation,
      replicas: spec.replicas,
      template: spec.template,
    })),
    pods: pods.items
      .filter(({ metadata }) => metadata.ownerReferences && !metadata.deletionTimestamp)
      .map(({ metadata, spec, status }) =>
        [metadata.labels?.app, status?.phase, ...(spec.containers ?? []).map(({ image }) => image)].join(' '),
      )
      .sort(),
  };
}

/**
 * Waits until nothing of ours is left, here and in the namespace, and fails with what is. `patience` in
 * milliseconds: how long all of it may take.
 */
export async function expectUnchanged(
  before: Snapshot,
  namespace: Namespace,
  patience = 30_000,
): Promise<void> {
  const deadline = Date.now() + patience;
  const seconds = () => Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
  const agents = ['pod', '--selector', 'localprocess-k8s/session'];
  await namespace.kubectl('wait', '--for=delete', ...agents, `--timeout=${seconds()}s`);
  await namespace.available(seconds());
  // The restoring process ends just after the last agent: nothing announces the end of a stranger's process.
  while (Date.now() < deadline && !isDeepStrictEqual({ ...before, ...machine() }, before))
    await setTimeout(50);
  expect(await stateOf(namespace)).toEqual(before);
  for (const pod of (await namespace.get('pods')).items) {
    expect(pod.metadata.labels ?? {}).not.toHaveProperty('localprocess-k8s/session');
    expect(JSON.stringify(pod.spec)).not.toContain('.localprocess-k8s');
  }
}

function machine(): MachineState {
  return {
    hosts: readFileSync('/etc/hosts', 'latin1'),
    redirects: redirects(),
    sessions: listed(join(state, 'localprocess-k8s', 'sessions')),
    processes: processes(),
    folders: [tmpdir(), '/dev/shm', process.env.XDG_RUNTIME_DIR ?? '']
      .flatMap((parent) => listed(parent).map((name) => join(parent, name)))
      .filter((path) => /\/localprocess-k8s-(?!test-|[^/]*\.log$)[^/]*$/.test(path)),
  };
}

function redirects(): string[] {
  try {
    const rules = execFileSync('iptables', ['-w', '10', '-t', 'nat', '-S'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return rules.split('\n').filter((rule) => rule.includes('LPK8S-'));
  } catch {
    return []; // Without a packet filter sessions go without redirects.
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // No session has made it yet.
  }
}
