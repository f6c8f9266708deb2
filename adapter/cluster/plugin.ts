import type { Cluster, User } from '@kubernetes/client-node';
import { execa } from 'execa';

/** `users[].user.exec` of a kubeconfig: kubernetes.io, "client-go credential plugins". */
export interface PluginCommand {
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  apiVersion?: string;
  provideClusterInfo?: boolean;
  installHint?: string;
}

/** What a plugin prints. */
interface ExecCredential {
  status: {
    expirationTimestamp?: string;
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
  };
}

/**
 * A credential plugin of a kubeconfig. client-node runs them as well, but cannot end one that waits for its
 * user, tells them nothing of the cluster (KUBERNETES_EXEC_INFO, without which some do not start), and has no
 * words for one that fails without any of its own.
 */
export class CredentialPlugin {
  readonly #plugin: PluginCommand;
  readonly #info: string;
  #latest: ExecCredential | undefined;

  constructor(plugin: PluginCommand, cluster: Cluster) {
    this.#plugin = plugin;
    this.#info = JSON.stringify({
      kind: 'ExecCredential',
      apiVersion: plugin.apiVersion ?? 'client.authentication.k8s.io/v1',
      spec: {
        interactive: false,
        ...(plugin.provideClusterInfo === true ? { cluster: describe(cluster) } : {}),
      },
    });
  }

  /**
   * Credentials in a kubeconfig's own form; those of the last time as long as they say that they are good.
   * Aborting ends the plugin. Fails in words that finish the sentence "Cannot get credentials: …".
   */
  async credentials(signal?: AbortSignal): Promise<Pick<User, 'token' | 'certData' | 'keyData'>> {
    const expires = Date.parse(this.#latest?.status.expirationTimestamp ?? '');
    if (!(expires > Date.now())) this.#latest = await this.#run(signal);
    const { token, clientCertificateData, clientKeyData } = this.#latest?.status ?? {};
    return {
      ...(token === undefined ? {} : { token }),
      ...(clientCertificateData === undefined ? {} : { certData: base64(clientCertificateData) }),
      ...(clientKeyData === undefined ? {} : { keyData: base64(clientKeyData) }),
    };
  }

  async #run(signal: AbortSignal | undefined): Promise<ExecCredential> {
    signal?.throwIfAborted();
    const { command, args, env, installHint } = this.#plugin;
    const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const result = await execa(command, args ?? [], {
      env: { ...own, KUBERNETES_EXEC_INFO: this.#info },
      stdin: 'ignore',
      reject: false,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    const name = `the credential plugin "${command}"`;
    if (result.exitCode === undefined && result.signal === undefined) {
      const hint = installHint === undefined ? '' : `. ${installHint.trim()}`;
      throw new Error(`${name} cannot be started (${result.code ?? 'unknown reason'})${hint}`);
    }
    if (result.failed) {
      const how = result.signal === undefined ? `with exit code ${result.exitCode}` : `by ${result.signal}`;
      throw new Error(`${name} ended ${how} and ${said(result.stderr)}`);
    }
    return read(result.stdout) ?? fail(`${name} printed no ExecCredential and ${said(result.stderr)}`);
  }
}

function read(text: string): ExecCredential | undefined {
  try {
    const credential = JSON.parse(text) as Partial<ExecCredential> | null;
    return credential?.status === undefined ? undefined : { status: credential.status };
  } catch {
    return undefined; // It is told that nothing could be read.
  }
}

function fail(message: string): never {
  throw new Error(message);
}

function said(words: string): string {
  return words.trim() === '' ? 'said nothing' : `said: ${words.trim()}`;
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}

function describe(cluster: Cluster): object {
  return {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    'certificate-authority-data': cluster.caData,
  };
}
