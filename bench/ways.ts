import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { F5, services } from '../test/real/support/f5.ts';
import type { Namespace } from '../test/real/support/namespace.ts';
import type { Place } from './requests.ts';
import { target } from './target.ts';

/** A way from this machine to the service, and the process that carries it. */
export interface Way extends AsyncDisposable {
  place: Place;
  pid: number;
}

/** Which cluster, as which user, and where in it. */
export interface Where {
  kubeconfig: string;
  namespace: Namespace;
}

/** A session on another service of the namespace: F5, a debugged process that has joined. */
export class Session implements Way {
  readonly f5: F5;
  readonly #namespace: Namespace;

  private constructor(f5: F5, namespace: Namespace) {
    this.f5 = f5;
    this.#namespace = namespace;
  }

  /** Resolves when the launch request has been sent. */
  static async begin({ kubeconfig, namespace }: Where): Promise<Session> {
    const { name } = namespace;
    return new Session(await F5.start({ kubeconfig, namespace: name, service: services.node }), namespace);
  }

  /** Resolves when the traffic arrives here. */
  async joined(): Promise<void> {
    await this.f5.configure(services.node.file, []);
    await this.f5.joined();
  }

  get pid(): number {
    return this.f5.client.process?.pid ?? 0;
  }

  /** Where the session has put the service: as its name leads there, without looking it up each time. */
  get place(): Place {
    const { name, port } = target;
    const line = readFileSync('/etc/hosts', 'utf8')
      .split('\n')
      .find((entry) => entry.split(/\s+/).includes(`${name}.${this.#namespace.name}`));
    const address = line?.split(/\s+/)[0];
    if (address === undefined) throw new Error(`Cannot find "${name}" in the hosts file.`);
    return { address, port };
  }

  /** Stops as an editor does, and waits until the originals serve again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.f5.client.process?.exitCode === null) await this.f5.stop();
    await this.f5[Symbol.asyncDispose]();
    const agents = ['pod', '--selector', 'localprocess-k8s/session'];
    await this.#namespace.kubectl('wait', '--for=delete', ...agents, '--timeout=60s');
    await this.#namespace.available();
  }
}

/** `kubectl port-forward` to the service. */
export async function kubectlForward({ kubeconfig, namespace }: Where): Promise<Way> {
  const process = execa(
    'kubectl',
    [
      ...['--kubeconfig', kubeconfig, '--namespace', namespace.name],
      ...['port-forward', `service/${target.name}`, `:${target.port}`],
    ],
    { buffer: false, reject: false, stderr: 'inherit' },
  );
  const lines = createInterface({ input: process.stdout });
  // It says on which port it listens, and later a line for every connection: those have to be read.
  const [line] = (await Promise.race([once(lines, 'line'), process.then(() => [''])])) as [string];
  const port = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line)?.[1];
  if (port === undefined || process.pid === undefined) throw new Error('kubectl forwards nothing.');
  return {
    place: { address: '127.0.0.1', port: Number(port) },
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      process.kill();
      await process;
    },
  };
}
