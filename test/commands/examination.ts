import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from '@jest/globals';
import { execa } from 'execa';
import { forbidden, json, listOf, standIn, type StandIn } from './apiServer.ts';

/** What differs from a cluster in which all is well. */
export interface Cluster {
  version: string;
  namespaces: readonly string[];
  /** Rights that the account lacks, e.g. `create pods`. */
  lacks: readonly string[];
  /** What the nodes have; `undefined`: nobody may see them. */
  images: readonly string[] | undefined;
}

/** What `doctor` says of one thing. */
export interface Seen {
  name: string;
  verdict: string;
  message: string;
  number?: number;
}

/** A cluster's stand-in and a folder of its own, for `doctor` to look at. */
export class Examination implements AsyncDisposable {
  cluster: Cluster = {
    version: 'v1.34.1',
    namespaces: ['shop'],
    lacks: [],
    images: ['docker.io/library/node:22-alpine'],
  };
  readonly #program: string;
  readonly #server: StandIn;

  private constructor(program: string, server: StandIn) {
    this.#program = program;
    this.#server = server;
  }

  static async prepare(program: string): Promise<Examination> {
    const server = await standIn((request, response) => void examination.#answer(request, response));
    const examination = new Examination(program, server);
    for (const name of ['temporary', 'state', '.vscode']) await mkdir(examination.path(name));
    await writeFile(examination.path('hosts'), '127.0.0.1 localhost\n');
    return examination;
  }

  path(...names: string[]): string {
    return join(this.#server.folder, ...names);
  }

  get environment(): Record<string, string> {
    return {
      KUBECONFIG: this.#server.kubeconfig,
      HOME: this.path(),
      TMPDIR: this.path('temporary'),
      XDG_STATE_HOME: this.path('state'),
      LOCALPROCESS_HOSTS_FILE: this.path('hosts'),
    };
  }

  /** Writes a launch.json with a configuration called "web". */
  async configure(attributes: Record<string, unknown>, more: unknown[] = []): Promise<void> {
    const own = { name: 'web', type: 'localprocess-k8s', request: 'launch', target: 'service/web' };
    const configurations = [{ ...own, ...attributes }, ...more];
    await writeFile(this.path('.vscode', 'launch.json'), JSON.stringify({ configurations }));
  }

  /** `env`: variables that differ. */
  doctor(args: readonly string[] = [], env: Record<string, string> = {}) {
    return execa(process.execPath, [this.#program, 'doctor', ...args], {
      env: { ...this.environment, ...env },
      cwd: this.path(),
      reject: false,
      input: '',
    });
  }

  /** What was found, by the names of the checks; what one of them says twice is in one text. */
  async examine(args: readonly string[] = [], env: Record<string, string> = {}) {
    const { stdout, stderr, exitCode } = await this.doctor([...args, '--json'], env);
    expect(stderr).toBe('');
    const { able, checks } = JSON.parse(stdout) as { able: boolean; checks: Seen[] };
    expect(exitCode).toBe(able ? 0 : 1);
    expect(able).toBe(checks.every(({ verdict }) => verdict !== 'failed'));
    const named = (name: string) => {
      const [first, ...others] = checks.filter((one) => one.name === name);
      return first && { ...first, message: [first, ...others].map(({ message }) => message).join('\n') };
    };
    return { able, checks, named };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { version, namespaces, lacks, images } = this.cluster;
    const { url = '' } = request;
    const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(url) ?? [];
    if (url === '/version') json(response, 200, { gitVersion: version });
    else if (namespace !== undefined && !namespaces.includes(namespace)) missing(response);
    else if (url.endsWith('/selfsubjectaccessreviews')) {
      const { spec } = JSON.parse(await text(request)) as {
        spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } };
      };
      const { verb, resource, subresource } = spec.resourceAttributes;
      const right = `${verb} ${[resource, subresource].filter(Boolean).join('/')}`;
      json(response, 201, { status: { allowed: !lacks.includes(right) } });
    } else if (url === '/api/v1/nodes' && images === undefined) forbidden(response, 'no nodes');
    else if (url === '/api/v1/nodes') {
      const node = { metadata: { name: 'a' }, spec: {}, status: { images: [{ names: images }] } };
      const closed = { metadata: { name: 'b' }, spec: { unschedulable: true } };
      json(response, 200, { ...listOf(), items: [node, closed] });
    } else if (url.endsWith('/services/web')) missing(response);
    else json(response, 200, listOf(...(url === '/api/v1/namespaces' ? namespaces : [])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

function missing(response: ServerResponse): void {
  json(response, 404, { reason: 'NotFound', message: 'not found' });
}
