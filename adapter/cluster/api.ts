import * as http from 'node:http';
import * as https from 'node:https';
import { createInterface } from 'node:readline';
import { LaunchError, messageOf, systemCode } from '../errors.ts';
import type { ClusterConnection } from './connection.ts';

/** What the API server said when it refused a request: a `Status` object of the Kubernetes API. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

/** Whether the API server answered that something does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

type Credentials = Omit<https.RequestOptions, 'headers'> & { headers?: Record<string, string> };

/** One event of a watch, as the Kubernetes API sends them. */
export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/**
 * The Kubernetes API as plain JSON. Not client-node's typed clients: those drop every field that their
 * version does not know, and a clone of somebody's pod has to keep them all. Address, credentials and proxies
 * are client-node's `KubeConfig`.
 */
export class Api {
  readonly connection: ClusterConnection;
  readonly #timeoutSeconds: number;
  #options: Promise<Credentials> | undefined;

  /** `timeoutSeconds`: how long the API server may take to begin an answer, and how long it may pause in one. */
  constructor(connection: ClusterConnection, timeoutSeconds: number) {
    this.connection = connection;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** Sends a request and gives the parsed answer. Fails with `ApiError`, or a `LaunchError` of the connection. */
  async request<T>(path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.#send(path, options);
    const words = `it stopped in the middle of an answer for ${this.#timeoutSeconds} s`;
    const pause = setTimeout(() => response.destroy(new Error(words)), this.#timeoutSeconds * 1000);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response) {
        chunks.push(chunk as Buffer);
        pause.refresh();
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      throw this.#unreachable(error as Error);
    } finally {
      clearTimeout(pause);
    }
    return this.#parse<T>(Buffer.concat(chunks).toString());
  }

  #parse<T>(text: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      const { server, context } = this.connection;
      throw new LaunchError(
        'cluster-refused',
        `Cannot understand the API server "${server}" of the context "${context}": its answer is no JSON. Check that no log-in page or proxy answers in its place.`,
        { cause: error, attribute: 'context' },
      );
    }
  }

  /** Follows a collection from `resourceVersion` on; ends when the server ends it, as it regularly does. */
  async *watch<T>(
    path: string,
    query: Record<string, string>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#send(path, {
      query: { ...query, watch: 'true', allowWatchBookmarks: 'true' },
      signal,
    });
    try {
      for await (const line of createInterface({ input: response })) {
        if (line !== '') yield JSON.parse(line) as WatchEvent<T>;
      }
    } finally {
      response.destroy();
    }
  }

  /** The `wss:` (or `ws:`) address of a path, and the credentials to open it with. */
  async upgrade(path: string): Promise<{ url: string; request: https.RequestOptions }> {
    const url = this.#url(path, {});
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return { url: url.href, request: await this.#applyCredentials() };
  }

  #url(path: string, query: Record<string, string>): URL {
    const base = this.connection.server.replace(/\/$/, '');
    const url = new URL(base + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  async #send(path: string, options: RequestOptions): Promise<http.IncomingMessage> {
    const fresh = this.#options === undefined;
    const response = await this.#attempt(path, options);
    if (response.statusCode === 401 && !fresh) {
      // The credentials were good once: a token has expired, and asking for it again gives a new one.
      response.resume();
      this.#options = undefined;
      return accepted(await this.#attempt(path, options), this.connection);
    }
    return accepted(response, this.connection);
  }

  async #attempt(
    path: string,
    { method = 'GET', query = {}, body, signal }: RequestOptions,
  ): Promise<http.IncomingMessage> {
    const credentials = await this.#credentials(signal);
    const url = this.#url(path, query);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        ...credentials,
        method,
        headers: {
          ...credentials.headers,
          accept: 'application/json',
          ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      const deadline = setTimeout(() => {
        request.destroy(new Error(`it did not answer within ${this.#timeoutSeconds} s`));
      }, this.#timeoutSeconds * 1000);
      request.on('response', (response) => {
        clearTimeout(deadline);
        resolve(response);
      });
      request.on('error', (error) => {
        clearTimeout(deadline);
        reject(signal?.aborted === true ? (signal.reason as Error) : this.#unreachable(error));
      });
      request.end(text);
    });
  }

  #credentials(signal: AbortSignal | undefined): Promise<Credentials> {
    this.#options ??= this.#applyCredentials(signal).then(keepAlive);
    return this.#options;
  }

  async #applyCredentials(signal?: AbortSignal): Promise<Credentials> {
    const options: Credentials = {};
    const { config, plugin } = this.connection;
    try {
      const user = config.getCurrentUser();
      if (plugin && user) Object.assign(user, await plugin.credentials(signal));
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      this.#options = undefined;
      signal?.throwIfAborted();
      throw new LaunchError(
        'credentials-refused',
        `Cannot get credentials for the context "${this.connection.context}": ${messageOf(error)}. Run "kubectl --context ${this.connection.context} get pods" to see whether kubectl can.`,
        { cause: error },
      );
    }
    return options;
  }

  #unreachable(error: Error): LaunchError {
    const code = systemCode(error);
    const { server, context } = this.connection;
    return new LaunchError(
      'cluster-unreachable',
      `Cannot reach the API server "${server}" of the context "${context}": ${error.message || (code ?? 'the connection broke')}. Check the network or VPN, and that the cluster runs.`,
      { cause: error, attribute: 'context' },
    );
  }
}

/** One TLS handshake for a launch's many requests, not one each. */
function keepAlive(options: Credentials): Credentials {
  if (options.agent instanceof http.Agent) Object.assign(options.agent, { keepAlive: true });
  return options;
}

async function accepted(
  response: http.IncomingMessage,
  connection: ClusterConnection,
): Promise<http.IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (status < 400) return response;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (status === 401) {
    throw new LaunchError(
      'credentials-refused',
      `Cannot log in to the API server "${connection.server}" of the context "${connection.context}": it refused the credentials${detail(text)}. Log in again, or choose another "context".`,
      { attribute: 'context' },
    );
  }
  const { reason = '', message = text } = parseStatus(text);
  // Credentials that no authenticator of the cluster knows are no credentials, where that is allowed.
  if (status === 403 && message.includes('User "system:anonymous"')) {
    throw new LaunchError(
      'credentials-refused',
      `Cannot log in to the API server "${connection.server}" of the context "${connection.context}": it takes you for "system:anonymous", so it knows no credentials of yours. Log in again, or choose another "context".`,
      { attribute: 'context' },
    );
  }
  throw new ApiError(status, reason, message);
}

function detail(text: string): string {
  const { message } = parseStatus(text);
  return message === undefined ? '' : ` ("${message}")`;
}

function parseStatus(text: string): { reason?: string; message?: string } {
  try {
    return JSON.parse(text) as { reason?: string; message?: string };
  } catch {
    // Not from the API server itself but from a proxy before it, which answers in a format of its own.
    return {};
  }
}
