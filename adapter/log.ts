import { appendFileSync, createWriteStream, type WriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A session's diagnostic log: one file in the system's temporary folder, readable by its owner alone.
 * Nothing that may hold a secret's value is ever given to it: callers write names, counts and addresses, and messages
 * whose variables have lost their values.
 */
export class Log {
  readonly path: string;
  readonly #stream: WriteStream;

  /** `path` overrides the default, `<tmp>/localprocess-k8s-<session>.log`. */
  constructor(session: string, path = join(tmpdir(), `localprocess-k8s-${session}.log`)) {
    this.path = path;
    this.#stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
    // A log that cannot be written must not end the session it describes.
    this.#stream.on('error', () => undefined);
  }

  /** One line: time, topic (a step or a part of the program), text. */
  write(topic: string, text: string): void {
    const line = `${new Date().toISOString()} ${topic.padEnd(10)} ${text.replaceAll('\n', '\n    ')}\n`;
    if (!this.#stream.writableEnded) this.#stream.write(line);
    else append(this.path, line);
  }

  /** Resolves when everything written is on disk. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stream.destroyed) resolve();
      else this.#stream.end(() => resolve());
    });
  }
}

/** A debugger that is let go of after the cluster has its last words. */
function append(path: string, line: string): void {
  try {
    appendFileSync(path, line);
  } catch {
    // As above: a log is no condition of a session.
  }
}
