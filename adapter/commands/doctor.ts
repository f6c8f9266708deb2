import { join } from 'node:path';
import { defaultImage } from '../configuration.ts';
import { askingOptions, connectTimeoutOf } from './attributes.ts';
import { parse, type Command, type Options } from './command.ts';
import type { Check, Verdict } from './doctor/check.ts';
import { checkCluster } from './doctor/clusterchecks.ts';
import { checkDebuggers } from './doctor/debuggers.ts';
import { checkLeftovers } from './doctor/leftovers.ts';
import { checkMachine } from './doctor/machine.ts';
import { checkPorts } from './doctor/ports.ts';
import { checkRights } from './doctor/rights.ts';
import { localPortsOf, subjectIn, type Subject } from './doctor/subject.ts';
import { interruptible } from './terminal.ts';

const options = {
  file: {
    type: 'string',
    value: 'FILE',
    help: 'Look at what a configuration of this launch.json needs. Default: what any session needs.',
  },
  name: {
    type: 'string',
    value: 'NAME',
    help: 'Of a configuration in it. Default: the only one; alone: in .vscode/launch.json.',
  },
  prompt: { type: 'boolean', help: 'Also try what asks for your permission.' },
  json: { type: 'boolean', help: 'As JSON.' },
  ...askingOptions,
} as const satisfies Options;

/** `localprocess-k8s doctor`: whether a session can run, and what to do about it if not. */
export const doctor: Command = {
  name: 'doctor',
  synopsis: '[--file FILE] [--name NAME] [--prompt] [--json] [OPTION]…',
  summary: 'Looks at all that a session needs, here and in the cluster; changes nothing.',
  options,
  async start(args, mainScript) {
    const { values } = parse(args, options);
    const { file, name, prompt = false, json = false, namespace, context, kubeconfig } = values;
    const choice = { namespace, context, kubeconfig };
    const timeout = values['connect-timeout'];
    const connectTimeoutSeconds = connectTimeoutOf(timeout);
    return interruptible(async (signal) => {
      const subject: Subject =
        file === undefined && name === undefined
          ? { choice, connectTimeoutSeconds, folder: process.cwd(), checks: [] }
          : await subjectIn({
              file: file ?? join('.vscode', 'launch.json'),
              name,
              choice,
              connectTimeoutSeconds: timeout === undefined ? undefined : connectTimeoutSeconds,
            });
      const checks = await examine(subject, { prompt, mainScript, signal });
      const able = checks.every(({ verdict }) => verdict !== 'failed');
      process.stdout.write(json ? `${JSON.stringify({ able, checks }, null, 2)}\n` : inWords(checks, able));
      return able ? 0 : 1;
    });
  },
};

/** All of it at once, as far as one thing does not hang on another. */
async function examine(
  subject: Subject,
  { prompt, mainScript, signal }: { prompt: boolean; mainScript: string; signal: AbortSignal },
): Promise<Check[]> {
  const { configuration } = subject;
  const image = configuration?.agent.image ?? defaultImage;
  const [{ checks: cluster, target }, machine, rights, debuggers, leftovers] = await Promise.all([
    checkCluster(subject, image, signal),
    checkMachine(),
    checkRights({ configuration, prompt, mainScript, signal }),
    checkDebuggers(subject),
    checkLeftovers(subject, signal),
  ]);
  signal.throwIfAborted();
  const ports = configuration && [
    await checkPorts({
      configuration,
      pairs: target?.ports ?? localPortsOf(configuration),
      ending: target?.previousSessions ?? [],
      mainScript,
      signal,
    }),
  ];
  return [...subject.checks, ...cluster, ...machine, ...rights, ...debuggers, ...(ports ?? []), ...leftovers];
}

const marks: Record<Verdict, string> = { ok: '✓', warning: '!', failed: '✗' };

function inWords(checks: readonly Check[], able: boolean): string {
  const lines = checks.map(
    ({ verdict, name, message }) => `${marks[verdict]} ${name}: ${message.replaceAll('\n', '\n    ')}`,
  );
  return `${[...lines, '', able ? 'A session can run.' : 'A session cannot run.'].join('\n')}\n`;
}
