import * as vscode from 'vscode';
import { choose, type Choice } from '../asking/asking.ts';
import { type Outcome } from '../asking/steps.ts';
import type { Program } from '../program.ts';

/** Which cluster is asked. */
export interface Place {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
}

export interface Context {
  name: string;
  server: string;
  namespace: string;
  current: boolean;
}

/** What a session can stand in for. */
export interface Target {
  target: string;
  ready: number;
  pods: number;
  ports: { name: string | null; port: number; containerPort: number | null }[];
  image: string | null;
  container: string | null;
  /** Why it cannot be a target. */
  problem?: string;
}

interface Asking {
  program: Program;
  place: Place;
  title: string;
  canGoBack: boolean;
}

/** Asks for one of the kubeconfig's contexts; without a question where there is only one. */
export async function askContext({ program, place, ...asking }: Asking): Promise<Outcome<Context> | 'one'> {
  const { kubeconfig } = place;
  const load = async (signal: AbortSignal) => {
    const args = ['list', 'contexts', ...options({ kubeconfig })];
    return (await program.ask<{ contexts: Context[] }>(args, signal)).contexts;
  };
  const known = await load(AbortSignal.timeout(10_000)).catch(() => []);
  if (known.length === 1) return 'one';
  return choose({
    ...asking,
    placeholder: 'The cluster: a context of the kubeconfig',
    loading: 'Reading the kubeconfig …',
    load: async (signal) =>
      currentFirst(await load(signal)).map((value) => ({
        label: value.name,
        description: value.current ? 'current' : '',
        detail: `${value.server}, namespace ${value.namespace}`,
        value,
      })),
  });
}

/** Asks for a namespace of the cluster. */
export function askNamespace({ program, place, ...asking }: Asking): Promise<Outcome<string>> {
  const { kubeconfig, context } = place;
  return choose({
    ...asking,
    placeholder: 'The namespace',
    loading: `Asking ${clusterOf(place)} for its namespaces …`,
    load: async (signal) => {
      const args = ['list', 'namespaces', ...options({ kubeconfig, context })];
      const answer = await program.ask<{
        namespaces: { name: string; current: boolean }[];
        partial?: string;
      }>(args, signal);
      const rows: Choice<string>[] = currentFirst(answer.namespaces).map(({ name, current }) => ({
        label: name,
        description: current ? 'of the context' : '',
        value: name,
      }));
      return answer.partial === undefined ? rows : [...rows, { label: `$(info) ${answer.partial}` }];
    },
  });
}

/** Asks for what the local process is to stand in for. */
export function askTarget({ program, place, ...asking }: Asking): Promise<Outcome<Target>> {
  const where = place.namespace === undefined ? '' : ` of the namespace "${place.namespace}"`;
  return choose({
    ...asking,
    placeholder: 'The service that your process stands in for',
    loading: `Asking ${clusterOf(place)} for the services${where} …`,
    load: async (signal) => {
      const args = ['list', 'targets', ...options(place)];
      const { targets } = await program.ask<{ targets: Target[] }>(args, signal);
      const possible = targets.filter(({ problem }) => problem === undefined);
      const others = targets.filter(({ problem }) => problem !== undefined);
      if (possible.length === 0)
        others.unshift({ ...nothing, problem: `There is nothing to stand in for${where}.` });
      return [
        ...possible.map((value) => ({ ...targetRow(value), value })),
        ...(others.length > 0 && possible.length > 0 ? [separator('cannot be stood in for')] : []),
        ...others.map(({ target, problem = '' }) => ({
          label: `$(circle-slash) ${target}`,
          detail: problem,
        })),
      ];
    },
  });
}

const nothing: Target = { target: '', ready: 0, pods: 0, ports: [], image: null, container: null };

/** A line in a list with words on it. */
export function separator(label: string): Choice<never> {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function targetRow({ target, ready, pods, ports, image }: Target): Choice<Target> {
  const isReady = ready > 0;
  const listed = ports.map(({ name, port, containerPort }) => {
    const arrow = containerPort === null || containerPort === port ? '' : ` → ${containerPort}`;
    return `${name === null ? '' : `${name} `}${port}${arrow}`;
  });
  return {
    label: `$(${isReady ? 'pass' : 'warning'}) ${target}`,
    description: isReady ? `${ready} of ${pods} ready` : `not ready: 0 of ${pods}`,
    detail: [listed.join(', ') || 'no ports', image].filter(Boolean).join(' · '),
  };
}

function currentFirst<T extends { current: boolean }>(all: readonly T[]): T[] {
  return [...all].sort((one, other) => Number(other.current) - Number(one.current));
}

function clusterOf({ context }: Place): string {
  return context === undefined ? 'the cluster' : `the cluster of "${context}"`;
}

/** The command line's options that name a place. */
export function options({ kubeconfig, context, namespace }: Place): string[] {
  return Object.entries({ kubeconfig, context, namespace }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
}
