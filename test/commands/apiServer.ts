import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What an API server answers to a path. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on the loopback that answers as an API server may, right or wrong, and a kubeconfig that names it. */
export interface StandIn extends AsyncDisposable {
  kubeconfig: string;
  /** A folder of its own. */
  folder: string;
  url: string;
}

/** `answer` gets every request. */
export async function standIn(answer: Answer): Promise<StandIn> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText({ test: { server: url, namespace: 'shop' } }, 'test'));
  return {
    kubeconfig,
    folder,
    url,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A kubeconfig with these contexts, each with a cluster of its own, or, without a server, with one that is not there. */
export function kubeconfigText(
  contexts: Record<string, { server?: string; namespace?: string }>,
  current = '',
): string {
  const entries = Object.entries(contexts);
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    clusters: entries.flatMap(([name, { server }]) =>
      server === undefined ? [] : [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    ),
    contexts: entries.map(([name, { namespace }]) => ({
      name,
      context: { cluster: name, user: 'me', ...(namespace !== undefined && { namespace }) },
    })),
    users: [{ name: 'me', user: { token: 'a-token' } }],
  });
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The refusal of an account that lacks a right. */
export function forbidden(response: ServerResponse, words: string): void {
  json(response, 403, { kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message: words });
}

/** A list of objects that have nothing but names. */
export function listOf(...names: string[]) {
  return { metadata: { resourceVersion: '1' }, items: names.map((name) => ({ metadata: { name } })) };
}
