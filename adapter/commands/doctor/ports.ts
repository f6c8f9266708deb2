import type { PortPair } from '../../cluster/ports.ts';
import type { Configuration } from '../../configuration.ts';
import { LaunchError } from '../../errors.ts';
import { makePortsFree } from '../../localports.ts';
import { check, Remark, type Check } from './check.ts';

export interface PortsOptions {
  configuration: Configuration;
  /** The target's, or what the configuration says where that is not known. */
  pairs: readonly PortPair[];
  /** The user's own sessions on the target: a launch ends them. */
  ending: readonly string[];
  mainScript: string;
  signal: AbortSignal;
}

/** Whether the local process can have its ports. Nothing is ended: what a session would ask, or end, is said. */
export function checkPorts({
  configuration,
  pairs,
  ending,
  mainScript,
  signal,
}: PortsOptions): Promise<Check> {
  const { debug, portConflict } = configuration;
  const quiet = () => undefined;
  return check('local ports', async () => {
    if (debug.request === 'attach') return 'The process runs already, and has its ports.';
    if (pairs.length === 0) return 'None is needed.';
    const asked: string[] = [];
    try {
      await makePortsFree(pairs, {
        conflict: portConflict === 'fail' ? 'fail' : 'ask',
        ask: ({ text, choices }) => {
          asked.push(text);
          return Promise.resolve(choices.at(-1) ?? 'Cancel');
        },
        administrator: (purpose) => Promise.reject(hidden(purpose)),
        ending,
        mainScript,
        progress: { step: quiet, say: quiet, warn: quiet },
        signal,
      });
    } catch (error) {
      const [question] = asked;
      if (question === undefined || !(error instanceof LaunchError)) throw error;
      const then = portConflict === 'stop' ? 'A session would stop it' : 'A session would ask just that';
      throw new Remark(`${question} ${then}: see "portConflict".`);
    }
    return `${pairs.map(({ local }) => local).join(', ')}: free.`;
  });
}

function hidden(purpose: string): LaunchError {
  return new LaunchError(
    'port-in-use',
    `Administrator rights are needed ${purpose}: it is another user's. A session would ask for them. End it, or choose another local port in "ports".`,
    { attribute: 'ports' },
  );
}
