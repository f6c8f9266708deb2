import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Log } from '../../../adapter/log.ts';
import { sessionFolder } from '../../../adapter/machine/folders.ts';
import { makeFolder, removeFolder } from '../../../adapter/machine/sessionfolder.ts';
import { copyVolumes, type CopiedVolumes } from '../../../adapter/machine/volumes/copy.ts';
import type { VolumeSource } from '../../../adapter/machine/volumes/fetch.ts';
import { foldersOf } from '../../../adapter/machine/volumes/memory.ts';
import type { Mount, VolumeChoice } from '../../../adapter/machine/volumes/mounts.ts';
import { UndoStack } from '../../../adapter/undo.ts';

/** The part of a session that copies volumes; ends with all it made. */
export interface VolumeSession extends AsyncDisposable {
  readonly session: string;
  readonly said: string[];
  readonly warned: string[];
  /** `warn` at each warning. */
  readonly events: EventEmitter;
  readonly folder: string;
  copy(mounts: readonly Mount[], choice?: Partial<VolumeChoice>): Promise<CopiedVolumes>;
  /** Ends the session. */
  end(): Promise<void>;
}

export async function volumeSession(source: VolumeSource): Promise<VolumeSession> {
  const session = `test-${randomBytes(4).toString('hex')}`;
  const undo = new UndoStack(new Log('test', '/dev/null'));
  const ended = new AbortController();
  const events = new EventEmitter();
  const [said, warned]: [string[], string[]] = [[], []];
  for (const folder of foldersOf(session)) undo.push(folder, () => removeFolder(folder));
  await makeFolder(sessionFolder(session));
  const end = async () => {
    ended.abort(new Error('ended'));
    await undo.undo();
  };
  return {
    session,
    said,
    warned,
    events,
    folder: sessionFolder(session),
    copy: (mounts, choice = {}) =>
      copyVolumes(mounts, {
        session,
        choice: { maxSize: '256Mi', ...choice },
        source,
        undo,
        log: new Log('test', '/dev/null'),
        progress: {
          step: () => undefined,
          say: (text) => void said.push(text),
          warn: (text) => {
            warned.push(text);
            events.emit('warn');
          },
        },
        signal: ended.signal,
      }),
    end,
    [Symbol.asyncDispose]: end,
  };
}

/** A mount of the folder or file at this path. */
export function mountOf(agentPath: string, changes: Partial<Mount> = {}): Mount {
  const name = basename(agentPath);
  return { volume: name, mountPath: `/mnt/${name}`, agentPath, secret: false, without: [], ...changes };
}

/** Everything in a folder: of each thing what it is, its mode, and its content or where it leads. */
export async function listing(folder: string, path = ''): Promise<Record<string, string>> {
  const place = join(folder, path);
  const { mode } = await lstat(place);
  const octal = (mode & 0o7777).toString(8);
  const found: Record<string, string> = { [path]: `folder ${octal}` };
  for (const entry of await readdir(place, { withFileTypes: true })) {
    const inside = path === '' ? entry.name : `${path}/${entry.name}`;
    const full = join(folder, inside);
    if (entry.isDirectory()) Object.assign(found, await listing(folder, inside));
    else if (entry.isSymbolicLink()) found[inside] = `link ${await readlink(full)}`;
    else if (entry.isFile()) {
      const bits = ((await lstat(full)).mode & 0o7777).toString(8);
      found[inside] = `file ${bits} ${(await readFile(full)).toString('base64')}`;
    } else found[inside] = 'special';
  }
  return found;
}
