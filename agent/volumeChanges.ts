import { watch, type FSWatcher } from 'node:fs';
import { readlink } from 'node:fs/promises';
import type { ServerHttp2Stream } from 'node:http2';
import type { VolumeState } from './frames.ts';

/** What the kubelet replaces, in one step, to show a new content (pkg/volume/util/atomic_writer.go). */
const dataLink = '..data';

/**
 * Tells on `stream`, one JSON text a line, where each volume's data is, and again whenever the kubelet has
 * replaced it, until the stream is closed.
 */
export function tellChanges(stream: ServerHttp2Stream, paths: readonly string[]): void {
  const watchers: FSWatcher[] = [];
  stream.once('close', () => {
    for (const watcher of watchers) watcher.close();
  });
  const tell = (state: VolumeState) => {
    if (!stream.destroyed) stream.write(`${JSON.stringify(state)}\n`);
  };
  for (const path of paths) {
    const look = () =>
      readlink(`${path}/${dataLink}`).then(
        (data) => tell({ path, data }),
        () => tell({ path }),
      );
    try {
      const watcher = watch(path, (_event, name) => {
        if (name === dataLink) void look();
      });
      watcher.on('error', ({ code = 'EIO' }: NodeJS.ErrnoException) => tell({ path, code }));
      watchers.push(watcher);
      void look();
    } catch (error) {
      // Most often: no more watches allowed.
      tell({ path, code: (error as NodeJS.ErrnoException).code ?? 'EIO' });
    }
  }
}
