import { Event } from '@vscode/debugadapter';
import { quoted } from '../nearest.ts';
import type { Message } from './message.ts';
import type { Peer } from './peer.ts';

/** Something that only the user can decide, while a launch goes on. */
export interface Question {
  /** Names it in the answer; no two questions of a session have the same. */
  id: string;
  text: string;
  /** What can be answered, as the user is shown it. */
  choices: readonly string[];
}

interface Open {
  choices: readonly string[];
  settle: (choice: string) => void;
}

/**
 * Questions to the user of an editor that can ask them. DAP has none, so they go as an event of our own,
 * `localprocess-k8s.question` with `{id, text, choices}`, and come back as the request
 * `localprocess-k8s.answer` with `{id, choice}`.
 */
export class Questions {
  readonly #client: Peer;
  readonly #open = new Map<string, Open>();
  readonly #asked = new Set<string>();

  constructor(client: Peer) {
    this.#client = client;
  }

  /** Whether launch arguments say that the editor can ask: its integration sets `"__questions": true`. */
  static areTakenBy(args: Record<string, unknown>): boolean {
    return args.__questions === true;
  }

  /** Asks, and waits for one of the choices. Rejects with the signal's reason: the question is closed then. */
  async ask(question: Question, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const { id, text, choices } = question;
    this.#asked.add(id);
    const withdrawn = new AbortController();
    try {
      return await new Promise<string>((resolve, reject) => {
        const { signal: answered } = withdrawn;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: answered });
        this.#open.set(id, { choices, settle: resolve });
        this.#client.event(new Event('localprocess-k8s.question', { id, text, choices }));
      });
    } finally {
      withdrawn.abort();
      this.#open.delete(id);
    }
  }

  /** Takes an answer, and tells whoever sent it whether it was one; after a wrong one the question stays open. */
  answer(request: Message): void {
    const { id, choice } = (request.read('request').arguments ?? {}) as { id?: unknown; choice?: unknown };
    const open = typeof id === 'string' ? this.#open.get(id) : undefined;
    const refuse = (reason: string) => this.#client.refuse(request, reason);
    if (typeof id !== 'string') refuse('Cannot take an answer without "id", the one of its question.');
    else if (open === undefined)
      refuse(
        this.#asked.has(id)
          ? `Cannot take an answer to the question "${id}": it has been answered, or withdrawn.`
          : `Cannot take an answer to the question "${id}": none of that name was asked.`,
      );
    else if (typeof choice !== 'string' || !open.choices.includes(choice))
      refuse(
        `Cannot take ${choice === undefined ? 'nothing' : JSON.stringify(choice)} as the answer to the question "${id}": choose one of ${quoted(open.choices)}.`,
      );
    else {
      this.#open.delete(id);
      this.#client.respond(request);
      open.settle(choice);
    }
  }
}
