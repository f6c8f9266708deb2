import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { kubectl } from './kubectl.ts';

/** What the tests read of the objects that kubectl lists. */
export interface Listed {
  items: {
    metadata: {
      name: string;
      uid: string;
      labels?: Record<string, string>;
      generation?: number;
      deletionTimestamp?: string;
      ownerReferences?: { uid: string }[];
    };
    spec: { replicas?: number; template?: unknown; containers?: { image: string }[] };
    status?: { phase?: string };
  }[];
}

/** A namespace of its own, deleted at the end. */
export class Namespace implements AsyncDisposable {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** An empty one, named for what it is for. */
  static async empty(purpose: string): Promise<Namespace> {
    const namespace = new Namespace(`${purpose}-${randomBytes(3).toString('hex')}`);
    await kubectl(['create', 'namespace', namespace.name]);
    // A pod made before its service account is refused.
    await namespace.kubectl('wait', '--for=create', 'serviceaccount/default', '--timeout=30s');
    return namespace;
  }

  /** One in which samples/shop runs; takes about 4 s. */
  static async create(purpose: string): Promise<Namespace> {
    const namespace = await Namespace.empty(purpose);
    await namespace.kubectl('apply', '-k', join(process.cwd(), 'samples', 'shop'));
    await namespace.available();
    return namespace;
  }

  /** Runs kubectl in this namespace. */
  kubectl(...args: string[]): Promise<string> {
    return kubectl(['--namespace', this.name, ...args]);
  }

  /** Applies manifests. */
  apply(...items: object[]): Promise<string> {
    const list = { apiVersion: 'v1', kind: 'List', items };
    return kubectl(['--namespace', this.name, 'apply', '-f', '-'], JSON.stringify(list));
  }

  /** What `kubectl get` finds, as objects. */
  async get<T = Listed>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl('get', ...args, '-o', 'json')) as T;
  }

  /** Resolves when every deployment has all its pods. */
  async available(timeoutSeconds = 60): Promise<void> {
    const { items } = await this.get('deployments');
    await Promise.all(
      items.map(({ metadata }) =>
        this.kubectl('rollout', 'status', `deployment/${metadata.name}`, `--timeout=${timeoutSeconds}s`),
      ),
    );
  }

  /**
   * Resolves when every pod that a service routes to is an agent: until the last original has ended, kube-proxy
   * may still route there.
   */
  async originalsGone(service: string): Promise<void> {
    const app = service.split('/').at(-1) ?? '';
    const originals = `app=${app},!localprocess-k8s/session`;
    await this.kubectl('wait', '--for=delete', 'pod', '--selector', originals, '--timeout=60s');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await kubectl(['delete', 'namespace', this.name, '--wait=false']);
  }
}
