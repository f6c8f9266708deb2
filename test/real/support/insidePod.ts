import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execInside, type InsideProcess } from './insideProcess.ts';
import { Load } from './load.ts';
import type { Namespace } from './namespace.ts';

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** How long the whole answer may take. Milliseconds; default 60,000. */
  timeoutMs?: number;
}

const program = (name: string) =>
  readFileSync(join(process.cwd(), 'test', 'real', 'support', 'inside', name), 'utf8');

/** A pod in the namespace that makes requests as any other would. */
export class InsidePod implements AsyncDisposable {
  readonly name = `client-${randomBytes(3).toString('hex')}`;
  readonly #namespace: Namespace;
  readonly #waiting = new Map<number, (answer: Partial<Reply> & { error?: string }) => void>();
  #client: InsideProcess | undefined;
  #count = 0;

  private constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  static async start(namespace: Namespace): Promise<InsidePod> {
    const inside = new InsidePod(namespace);
    await namespace.apply(manifest(inside.name));
    await namespace.kubectl('wait', '--for=condition=Ready', `pod/${inside.name}`, '--timeout=60s');
    inside.#client = inside.run(program('client.cjs'));
    void inside.#readAnswers(inside.#client);
    return inside;
  }

  /** Starts a Node.js program in the pod; it ends with the pod at the latest. */
  run(source: string, ...args: string[]): InsideProcess {
    return execInside(this.#namespace.name, this.name, source, args);
  }

  /** Runs a Node.js program in the pod and gives what it printed. */
  async output(source: string, ...args: string[]): Promise<string> {
    return this.#namespace.kubectl('exec', this.name, '--', 'node', '-e', source, ...args);
  }

  /** Makes one request on a connection of its own; rejects when no whole answer comes. */
  async request(url: string, options: RequestOptions = {}): Promise<Reply> {
    const client = this.#client;
    if (client === undefined) throw new Error(`Cannot request "${url}": the pod's client has ended.`);
    const id = this.#count++;
    const answer = await new Promise<Partial<Reply> & { error?: string }>((resolve) => {
      this.#waiting.set(id, resolve);
      client.stdin.write(`${JSON.stringify({ id, url, ...options })}\n`);
    });
    const { status, headers, body, error } = answer;
    if (status === undefined || headers === undefined || body === undefined)
      throw new Error(`Cannot request "${url}": ${error ?? 'there was no answer.'}`);
    return { status, headers, body };
  }

  /** How the next `count` requests were answered, each on a connection of its own, ten at once. */
  async answers(url: string, count: number): Promise<string[]> {
    const answers: string[] = [];
    const one = async () => {
      const answer = await this.request(url).then(
        ({ body }) => body,
        (error: unknown) => `error: ${String(error)}`,
      );
      answers.push(answer);
    };
    for (let left = count; left > 0; left -= 10)
      await Promise.all(Array.from({ length: Math.min(10, left) }, one));
    return answers;
  }

  /**
   * Makes `perSecond` GET requests a second at an exact pace until it is stopped, without waiting for answers:
   * each on a connection of its own, or over as many kept-alive ones as are needed. A request may take 15 s.
   */
  async load(options: {
    url: string;
    perSecond: number;
    keepAlive: boolean;
    timeoutMs?: number;
  }): Promise<Load> {
    return Load.of(this.run(program('load.cjs'), JSON.stringify(options)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client;
    client?.stdin.end();
    // It ends with its pod also where the end of its input is lost on the way.
    await this.#namespace.kubectl(
      'delete',
      'pod',
      this.name,
      '--wait=false',
      '--force',
      '--ignore-not-found',
    );
    await client;
  }

  async #readAnswers(client: InsideProcess): Promise<void> {
    for await (const line of client.iterable()) {
      const { id, ...answer } = JSON.parse(line) as Partial<Reply> & { id: number; error?: string };
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    }
    this.#client = undefined;
    for (const answer of this.#waiting.values()) answer({ error: `the pod "${this.name}" has gone.` });
  }
}

/** Passes Pod Security "restricted", so that it runs wherever the shop does. */
function manifest(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'client',
          image: 'node:22-alpine',
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', '100000'],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}
