import { LaunchError, messageOf } from '../errors.ts';
import { UpgradeError } from '../tunnel/websocket.ts';
import type { Api } from './api.ts';
import { execInPod } from './exec.ts';
import { isOriginal } from './names.ts';
import type { Target } from './target.ts';

/** How large an environment is read, in bytes; Linux lets a process begin with a quarter of its stack, 2 MiB. */
const limit = 2 * 1024 * 1024;

/** How long the original may take to answer, in milliseconds. */
const patience = 10_000;

/** The environment of a running original, or why it is not known: half a sentence for the user. */
export type OriginalEnvironment = { variables: Record<string, string> } | { unknown: string };

/**
 * The environment that the original's container was started with: with what its image sets, which nothing else
 * tells. Needs the right to run a command in the pod, and `cat` in its image; rejects only with the signal's
 * reason.
 */
export async function originalEnvironment(
  api: Api,
  { namespace, pod, container }: Target,
  signal: AbortSignal,
): Promise<OriginalEnvironment> {
  if (!isOriginal(pod)) return { unknown: 'an agent of an earlier session is in the place of the original' };
  const options = {
    namespace,
    pod: pod.metadata.name,
    container: container.name,
    // What a command is given in a container is what the container's own process was given.
    command: ['cat', '/proc/self/environ'],
    limit,
  };
  try {
    const environ = await execInPod(api, options, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
    return { variables: parseEnviron(environ.toString()) };
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: reasonOf(error) };
  }
}

/** Variables as the kernel keeps them: `NAME=VALUE`, each with a NUL at its end. */
export function parseEnviron(environ: string): Record<string, string> {
  const pairs = environ.split('\0').filter((pair) => pair.indexOf('=') > 0);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof UpgradeError && error.statusCode === 403)
    return 'your account may not run commands in it (get and create pods/exec)';
  if (error instanceof LaunchError) return error.message;
  const words = messageOf(error);
  if (/not found|no such file/i.test(words)) return 'its image has no "cat"';
  return `the cluster says "${words.split('\n', 1)[0] ?? ''}"`;
}
