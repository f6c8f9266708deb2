import { homedir } from 'node:os';
import { basename, isAbsolute, resolve, sep } from 'node:path';
import type { ClusterChoice } from '../../cluster/connection.ts';
import { defaultConnectTimeoutSeconds, readConfiguration, type Configuration } from '../../configuration.ts';
import { didYouMean, quoted } from '../../nearest.ts';
import { withProcessConfiguration } from '../../processConfiguration.ts';
import { commandInvalid } from '../command.ts';
import { replaceVariables, variablesIn } from '../editorvariables.ts';
import { workspaceOf } from '../init/choices.ts';
import { LaunchFile } from '../init/launchfile.ts';
import { forThisSystem } from '../init/wrapping.ts';
import { check, Remark, type Check } from './check.ts';

/** What is looked at: a machine and a cluster, and a configuration if there is one. */
export interface Subject {
  choice: ClusterChoice;
  connectTimeoutSeconds: number;
  /** Absent: none was named, or it cannot be used. */
  configuration?: Configuration;
  /** Where debuggers are looked for. */
  folder: string;
  /** What was found on the way. */
  checks: Check[];
}

export interface SubjectOptions {
  /** The launch.json, and the name of a configuration in it. */
  file: string;
  name: string | undefined;
  /** What the command line says of the cluster wins over the configuration. */
  choice: ClusterChoice;
  /** Absent: the configuration's. */
  connectTimeoutSeconds: number | undefined;
}

/**
 * The configuration of a launch.json, as a session would read it.
 * @throws LaunchError `command-invalid` when there is none of that name, `configuration-file-invalid`.
 */
export async function subjectIn(options: SubjectOptions): Promise<Subject> {
  const { file, name, choice, connectTimeoutSeconds } = options;
  const folder = workspaceOf(file);
  const written = forThisSystem(configurationIn(await LaunchFile.read(file), name));
  const own = Object.entries<unknown>({ ...choice }).filter(([, value]) => value !== undefined);
  const raw = {
    ...replaceVariables(written, (variable) => valueOf(variable, folder)),
    ...Object.fromEntries(own),
  };
  let configuration: Configuration | undefined;
  const checks = [
    await check('configuration', () => {
      configuration = readConfiguration(raw);
      const unknown = variablesIn(raw);
      if (unknown.length > 0)
        throw new Remark(
          `It can be used, but ${quoted(unknown)} in it is known to the editor alone: what that stands for was not looked at.`,
        );
      return `"${String(raw.name)}" of "${file}" can be used.`;
    }),
  ];
  if (configuration !== undefined) {
    const { configured, checks: more } = await withFile({
      ...configuration,
      debug: inFolder(configuration, folder),
    });
    configuration = configured;
    checks.push(...more);
  }
  const { kubeconfig, context, namespace } = raw;
  // Also of a configuration that cannot be used it is known which cluster is meant.
  const texts = Object.entries({ kubeconfig, context, namespace }).filter(
    ([, value]) => typeof value === 'string',
  );
  return {
    choice: Object.fromEntries(texts),
    connectTimeoutSeconds:
      connectTimeoutSeconds ?? configuration?.connectTimeoutSeconds ?? defaultConnectTimeoutSeconds,
    ...(configuration && { configuration }),
    folder,
    checks,
  };
}

/** What a KubernetesLocalProcessConfig.yaml asks for beside it, where there is one. */
async function withFile(
  configuration: Configuration,
): Promise<{ configured: Configuration; checks: Check[] }> {
  const quiet = () => undefined;
  let configured = configuration;
  const found = await check('process configuration', async () => {
    const { processConfiguration, services } = await withProcessConfiguration(configuration, {
      step: quiet,
      say: quiet,
      warn: quiet,
    });
    configured = { ...configuration, services };
    return processConfiguration === undefined ? '' : `"${processConfiguration.file.path}" can be used.`;
  });
  return { configured, checks: found.message === '' ? [] : [found] };
}

function configurationIn(file: LaunchFile, name: string | undefined): Record<string, unknown> {
  const ours = file.configurations.filter(({ type }) => type === 'localprocess-k8s');
  const names = ours.flatMap((one) => one.name ?? []);
  const [first, second] = ours;
  const found =
    name === undefined ? (second === undefined ? first : undefined) : ours.find((one) => one.name === name);
  if (found !== undefined) return found.value;
  const what = 'localprocess-k8s configuration';
  if (name !== undefined)
    throw commandInvalid(
      `There is no ${what} "${name}" in "${file.path}"${didYouMean(name, names)} There ${names.length === 1 ? 'is' : 'are'} ${quoted(names)}.`,
    );
  throw commandInvalid(
    first === undefined
      ? `There is no ${what} in "${file.path}": make one with "localprocess-k8s init".`
      : `Say which configuration of "${file.path}" is meant, with "--name": there are ${quoted(names)}.`,
  );
}

/** A variable of VS Code that means the same without an editor. */
function valueOf(variable: string, folder: string): string | undefined {
  const [name, argument] = variable.split(/:(.*)/s);
  switch (name) {
    case 'workspaceFolder':
    case 'workspaceRoot':
      return folder;
    case 'workspaceFolderBasename':
      return basename(folder);
    case 'userHome':
      return homedir();
    case 'pathSeparator':
    case '/':
      return sep;
    case 'env':
      return process.env[argument ?? ''] ?? '';
    default:
      return undefined;
  }
}

/** An editor's adapter works in the workspace's folder. */
function inFolder({ debug }: Configuration, folder: string): Configuration['debug'] {
  const { cwd } = debug;
  if (typeof cwd !== 'string') return debug.request === 'attach' ? debug : { ...debug, cwd: folder };
  return { ...debug, cwd: isAbsolute(cwd) ? cwd : resolve(folder, cwd) };
}

/** The attributes of a configuration that a check names for itself, e.g. its local ports. */
export function localPortsOf({ ports = [] }: Configuration): { local: number; remote: number }[] {
  return ports.flatMap((text) => {
    const [local = '', remote = local] = text.split(':');
    return [{ local: Number(local), remote: Number(remote) || Number(local) }];
  });
}
