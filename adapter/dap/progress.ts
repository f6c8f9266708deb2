import { OutputEvent, ProgressEndEvent, ProgressStartEvent, ProgressUpdateEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Progress } from '../progress.ts';
import type { Peer } from './peer.ts';

let last = 0;

/** Progress as an editor shows it: progress events where it knows them, lines in its console otherwise. */
export class EditorProgress implements Progress {
  /** What a `cancel` request names to cancel this. */
  readonly id = `localprocess-k8s-${++last}`;
  readonly #client: Peer;
  readonly #supported: boolean;
  /** Whether the editor may show each warning apart, as VS Code does with important output. Default: it may. */
  popsUp = true;
  #begun = false;
  #ended = false;

  /** `supported`: the client said `supportsProgressReporting`. */
  constructor(client: Peer, supported: boolean) {
    this.#client = client;
    this.#supported = supported;
  }

  step(title: string): void {
    if (!this.#supported) {
      this.#print(title, 'console');
    } else if (!this.#begun) {
      this.#begun = true;
      const start: DebugProtocol.ProgressStartEvent = new ProgressStartEvent(this.id, 'Kubernetes', title);
      start.body.cancellable = true;
      this.#client.event(start);
    } else if (!this.#ended) {
      this.#client.event(new ProgressUpdateEvent(this.id, title));
    }
  }

  say(text: string): void {
    this.#print(text, 'console');
  }

  warn(text: string): void {
    this.#print(text, this.popsUp ? 'important' : 'stderr');
  }

  /** Nothing more will be reported as progress; what is said still is shown. */
  end(): void {
    if (this.#begun && !this.#ended) this.#client.event(new ProgressEndEvent(this.id));
    this.#ended = true;
  }

  #print(text: string, category: string): void {
    this.#client.event(new OutputEvent(`${text}\n`, category));
  }
}
