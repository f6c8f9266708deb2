import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program of this bench in a process of its own: asked one thing at a time. */
export class Child<Question extends object, Answer> implements Disposable {
  readonly #process: ChildProcess;

  /** `name`: that of the file beside the running one, without its extension. */
  constructor(name: string) {
    this.#process = fork(fileURLToPath(new URL(`./${name}.mjs`, import.meta.url)));
  }

  async ask(question: Question): Promise<Answer> {
    const gone = new AbortController();
    const { signal } = gone;
    const died = once(this.#process, 'exit', { signal }).then(() => {
      throw new Error('Cannot go on: a process of this bench has ended.');
    });
    died.catch(() => undefined);
    try {
      this.#process.send(question);
      const [answer] = (await Promise.race([once(this.#process, 'message', { signal }), died])) as [Answer];
      return answer;
    } finally {
      gone.abort();
    }
  }

  [Symbol.dispose](): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
