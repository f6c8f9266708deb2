import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Contribution, Editor, Extension } from '../../../extension/wrapping/editor.ts';
import type { Configuration } from '../../../extension/wrapping/outer.ts';
import { beforeVariables, withVariables } from '../../../extension/wrapping/wrapped.ts';

/** Our own part of a launch configuration. */
export const ours = { type: 'localprocess-k8s', request: 'launch', name: 'web', target: 'web' };

interface Given extends Partial<
  Pick<Editor, 'platform' | 'environment' | 'folder' | 'file' | 'pickProcess'>
> {
  settings?: Record<string, unknown>;
  configurations?: Record<string, Configuration>;
  extensions?: Record<string, { path?: string; exports?: unknown }>;
  debuggers?: Record<string, Record<string, string>>;
}

/** An editor with these settings and extensions, and a record of the extensions that were started. */
export function editorWith(given: Given = {}): Editor & { started: string[] } {
  const { settings = {}, extensions = {}, debuggers = {}, folder, file } = given;
  const started: string[] = [];
  const extension = (id: string): Extension | undefined => {
    const found = extensions[id];
    if (found === undefined) return undefined;
    const activate = () => {
      started.push(id);
      return Promise.resolve(found.exports);
    };
    return { id, path: found.path ?? join('/no', 'such', id), activate };
  };
  return {
    platform: given.platform ?? process.platform,
    environment: given.environment ?? process.env,
    folder,
    resource: folder === undefined ? undefined : { fsPath: folder },
    file,
    setting: (name) => settings[name],
    configuration: (name) => given.configurations?.[name],
    extension,
    debuggerOf: (type): Contribution | undefined => {
      const variables = debuggers[type];
      const id = `the.${type}-extension`;
      const activate = () => {
        started.push(id);
        return Promise.resolve(undefined);
      };
      return variables && { extension: { id, path: join('/no', 'such', id), activate }, variables };
    },
    pickProcess:
      given.pickProcess ?? (() => Promise.reject(new Error('Nobody is to be asked for a process here.'))),
    started,
  };
}

/** Both halves of wrapping, for a configuration that has no variables. */
export async function wrapped(
  configuration: Configuration,
  editor: Editor,
): Promise<Configuration & { debug: Configuration }> {
  const { configuration: before } = await beforeVariables(configuration, editor);
  const resolved = await withVariables(before, editor);
  if (!resolved) throw new Error('The user is said not to want it.');
  return resolved.configuration as Configuration & { debug: Configuration };
}

/** What wrapping makes of a configuration for a debugger. */
export async function wrappedDebug(debug: Configuration, given: Given = {}): Promise<Configuration> {
  return (await wrapped({ type: 'localprocess-k8s', request: 'launch', debug }, editorWith(given))).debug;
}

/** Writes files below a folder. */
export async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
