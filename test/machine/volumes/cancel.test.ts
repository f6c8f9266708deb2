import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { foldersOf } from '../../../adapter/machine/volumes/memory.ts';
import type { VolumePart } from '../../../adapter/tunnel/volume.ts';
import { startAgent } from '../../agent/agentProcess.ts';
import { temporaryFolder } from '../script.ts';
import { mountOf, volumeSession } from './session.ts';

test('a launch that is cancelled while volumes are copied leaves nothing', async () => {
  await using pod = await temporaryFolder();
  const [keys, data] = [join(pod.path, 'keys'), join(pod.path, 'data')];
  for (const folder of [keys, data]) {
    await mkdir(folder);
    await writeFile(join(folder, 'file'), Buffer.alloc(30 * 1024 * 1024, 'x'));
  }
  await using agent = await startAgent();
  const tunnel = await agent.tunnel();
  for (let moment = 0; moment < 12; moment++) {
    const reads = new EventEmitter();
    let count = 0;
    await using session = await volumeSession({
      volume: async (request, signal) => {
        const { size, parts } = await tunnel.volume(request, signal);
        const counted = (async function* () {
          for await (const part of parts) {
            if (++count === 2 ** moment) reads.emit('now');
            yield part;
          }
        })();
        if (moment === 0) reads.emit('now');
        return { size, parts: counted };
      },
      volumeChanges: (...all) => tunnel.volumeChanges(...all),
    });
    const now = once(reads, 'now');
    const copying = session.copy([mountOf(keys, { secret: true }), mountOf(data)]).catch(String);
    await Promise.race([now, copying]);
    await session.end();
    expect(foldersOf(session.session).filter((folder) => existsSync(folder))).toEqual([]);
    await copying;
    expect(foldersOf(session.session).filter((folder) => existsSync(folder))).toEqual([]);
  }
});

test('what is answered just after a launch was cancelled is not written any more', async () => {
  for (let round = 0; round < 40; round++) {
    await using session = await volumeSession({
      volume: (_request, signal) =>
        new Promise((resolve) => {
          const empty: VolumePart[] = [{ entry: { path: '', type: 'folder', mode: 0o755 } }];
          const answer = { size: { bytes: 0, more: false }, parts: Readable.from(empty) };
          signal.addEventListener('abort', () => resolve(answer));
        }),
      volumeChanges: () => Promise.reject(new Error('Nothing changes.')),
    });
    const copying = session.copy([mountOf('/keys', { secret: true })]).catch(String);
    await session.end();
    await copying;
    expect(foldersOf(session.session).filter((folder) => existsSync(folder))).toEqual([]);
  }
});
