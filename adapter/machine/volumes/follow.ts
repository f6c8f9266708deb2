import { rm } from 'node:fs/promises';
import type { VolumeState } from '../../../agent/frames.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Progress } from '../../progress.ts';
import type { Copy } from './copy.ts';
import { fetchMount, type VolumeSource } from './fetch.ts';
import { nameOf, parseSize, type VolumeChoice } from './mounts.ts';
import { counter } from './size.ts';
import { dataOf, swapIn } from './swap.ts';

interface FollowOptions {
  choice: VolumeChoice;
  source: VolumeSource;
  log: Log;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Refreshes copies whenever the kubelet has replaced their data in the pod; those that it does not replace are
 * left as they are. Rejects with the signal's reason, when nothing is being written any more.
 */
export async function followChanges(copies: readonly Copy[], options: FollowOptions): Promise<void> {
  const followed = new Map<string, Followed>();
  for (const copy of copies)
    if ((await dataOf(copy.path)) !== undefined)
      followed.set(copy.mount.agentPath, new Followed(copy, options));
  if (followed.size === 0) return;
  const tell = (state: VolumeState) => followed.get(state.path)?.take(state);
  try {
    await options.source.volumeChanges([...followed.keys()], tell, options.signal);
  } finally {
    await Promise.all([...followed.values()].map((each) => each.idle));
  }
}

/** A copy, and what the agent last told of its original. */
class Followed {
  /** Resolves when it is not being refreshed. Never rejects. */
  idle = Promise.resolve();
  readonly #copy: Copy;
  readonly #options: FollowOptions;
  #told: VolumeState | undefined;
  #busy = false;
  #failed = false;

  constructor(copy: Copy, options: FollowOptions) {
    this.#copy = copy;
    this.#options = options;
  }

  take(state: VolumeState): void {
    this.#told = state;
    if (state.code !== undefined) this.#complain(`they cannot be watched in the pod (${state.code}).`);
    if (!this.#busy && state.data !== undefined) this.idle = this.#refresh();
  }

  async #refresh(): Promise<void> {
    const { signal, log } = this.#options;
    const { mount, path } = this.#copy;
    this.#busy = true;
    let told: VolumeState | undefined;
    do {
      told = this.#told;
      try {
        if (told?.data !== undefined && told.data !== (await dataOf(path))) {
          await this.#replace();
          log.write('volumes', `refreshed "${nameOf(mount)}"`);
          this.#failed = false;
        }
      } catch (error) {
        if (!signal.aborted) this.#complain(messageOf(error));
      }
      // What was told while it was being read is read once more.
    } while (told !== this.#told && !signal.aborted);
    this.#busy = false;
  }

  async #replace(): Promise<void> {
    const { source, choice, signal } = this.#options;
    const { mount, path, fresh } = this.#copy;
    const count = counter(parseSize(choice.maxSize))(mount);
    try {
      await fetchMount(mount, { source, path: fresh, count, signal });
      await swapIn(fresh, path);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }

  /** Once, until it has worked again. */
  #complain(why: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.progress.warn(
      `Cannot follow the changes of the volume "${nameOf(this.#copy.mount)}": ${why} Its copy stays as it was until the next change.`,
    );
  }
}
