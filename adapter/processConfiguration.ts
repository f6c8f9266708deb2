import { dirname, resolve } from 'node:path';
import type { Target } from './cluster/target.ts';
import type { Configuration } from './configuration.ts';
import { messageOf } from './errors.ts';
import type { Journal } from './journal.ts';
import { isOccupied, makeLink, planLink, removeLink } from './machine/volumes/links.ts';
import { readProcessConfiguration, type ProcessConfiguration } from './processConfig/read.ts';
import { askedFor, findVolume, type KnownVolume } from './processConfig/resolve.ts';
import type { Progress } from './progress.ts';
import type { UndoStack } from './undo.ts';

/**
 * The launch arguments' services and endpoints with those that a KubernetesLocalProcessConfig.yaml asks for, and
 * the file itself, if there is one. Fails with `configuration-file-invalid`.
 */
export async function withProcessConfiguration(
  { configurationFile, debug, services, externalEndpoints = [] }: Configuration,
  progress: Progress,
): Promise<{
  processConfiguration: ProcessConfiguration | undefined;
  services: string[];
  externalEndpoints: string[];
}> {
  const folder = typeof debug.cwd === 'string' ? resolve(debug.cwd) : process.cwd();
  const processConfiguration = await readProcessConfiguration(configurationFile, folder);
  if (processConfiguration === undefined) return { processConfiguration, services, externalEndpoints };
  progress.say(`Variables and volumes as "${processConfiguration.file.path}" says.`);
  for (const remark of processConfiguration.remarks) progress.say(remark);
  const asked = askedFor(processConfiguration);
  return {
    processConfiguration,
    services: [...new Set([...services, ...asked.services])],
    externalEndpoints: [...externalEndpoints, ...asked.externalEndpoints],
  };
}

/** The volumes that the target's container mounts: in a pod, to which admission adds the account's token. */
export function volumesOf({ container, pod }: Target): KnownVolume[] {
  const { volumeMounts = [] } = pod.spec.containers.find(({ name }) => name === container.name) ?? container;
  return volumeMounts.map(({ name }) => ({ volume: name }));
}

/**
 * Shows the copies of volumes at the paths that the file's `volumeMounts` name, by links that end with the session.
 * Fails with `configuration-file-invalid` where something is already.
 */
export async function linkVolumes(
  configuration: ProcessConfiguration,
  volumes: readonly (KnownVolume & { folder: string })[],
  { journal, undo }: { journal: Journal; undo: UndoStack },
): Promise<void> {
  const { file } = configuration;
  for (const { name, localPath, node, place } of configuration.volumeMounts) {
    const { folder } = findVolume(configuration, { name, text: name, node }, volumes);
    const path = resolve(dirname(file.path), localPath);
    const fault = (words: string) => file.fault(file.startOf(place), words);
    if (await isOccupied(path))
      throw fault(
        `There is something at "${path}" already, and it stays as it is. Choose another "localPath".`,
      );
    const link = await planLink(path, folder);
    await journal.write({ links: [...(journal.record.links ?? []), link] });
    undo.push(`remove the link ${path}`, () => removeLink(link));
    try {
      await makeLink(link);
    } catch (error) {
      throw fault(`Nothing can be put at "${path}": ${messageOf(error)}. Choose another "localPath".`);
    }
  }
}
