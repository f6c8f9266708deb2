import { setTimeout as delay } from 'node:timers/promises';
import { BreakpointEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { BreakpointNumbers, type ClientBreakpoints } from './breakpoints.ts';
import { Message } from './message.ts';
import type { Peer } from './peer.ts';

/** How long a child may still speak when its parent has said the end, in milliseconds. */
const lastWordsPatience = 500;

export interface FoldOptions {
  client: Peer;
  /** The connection to the child's debugger. */
  child: Peer;
  /** What the client sent with `initialize`. */
  initializeArguments: unknown;
  breakpoints: ClientBreakpoints;
  /** Resolves when the client has sent `configurationDone`. */
  configured: Promise<void>;
  /** Passes on an event of the child. */
  onEvent(event: Message): void;
  /** Answers a request of the child. */
  onRequest(request: Message): void;
}

/**
 * A child session inside its parent, for a client that knows no `startDebugging`: set up as the client has
 * set up the parent, it then answers the client's requests in the parent's place. With `silent` it is only let
 * run: the client sees one process, not two.
 */
export class FoldedChild {
  readonly peer: Peer;
  /** Resolves when it has said everything. */
  readonly ended: Promise<void>;
  readonly #options: FoldOptions;
  readonly #numbers: BreakpointNumbers;
  readonly #silent: boolean;
  #state: 'starting' | 'ready' | 'ended' = 'starting';

  constructor(options: FoldOptions, silent: boolean) {
    this.peer = options.child;
    this.#options = options;
    this.#silent = silent;
    this.#numbers = new BreakpointNumbers(options.breakpoints);
    this.peer.listen({
      request: (request) => options.onRequest(request),
      event: (event) => this.#event(event),
    });
    this.ended = this.peer.closed.then(() => void (this.#state = 'ended'));
  }

  /** Whether the client's requests go here now. */
  get ready(): boolean {
    return this.#state === 'ready' && !this.#silent;
  }

  /** Whether it is there, or about to be. */
  get alive(): boolean {
    return this.#state !== 'ended' && !this.#silent;
  }

  /** Starts the child's session; it goes on by the child's own events. */
  start(request: string, configuration: unknown): void {
    // Answers to these are of no use: the events say how it goes, and the end of the stream ends everything.
    void this.peer.request('initialize', this.#options.initializeArguments);
    void this.peer.request(request, configuration);
  }

  /** Sends on a request of the client, its breakpoints renumbered in the answer. */
  relay(message: Message, settle: (response: Message | undefined) => void): void {
    const setting = this.#options.breakpoints.note(message);
    this.peer.relay(message, {
      source: this.#options.client,
      origin: message.seq,
      settle: (response) =>
        settle(response && setting ? this.#numbers.response(setting, response) : response),
    });
  }

  #event(event: Message): void {
    switch (event.name) {
      case 'initialized':
        // js-debug says it again after `launch`, when everything has been set already.
        if (this.#state === 'starting') this.#configure();
        return;
      case 'terminated':
        // The parent's own says when the session is over.
        this.#state = 'ended';
        this.peer.destroy();
        return;
      default:
        if (!this.#silent) this.#options.onEvent(this.#numbers.event(event));
    }
  }

  #configure(): void {
    this.#state = 'ready';
    if (!this.#silent) {
      for (const setting of this.#options.breakpoints.settings) {
        this.peer.relay(Message.of({ type: 'request', command: setting.command, arguments: setting.args }), {
          settle: (response) => response && this.#tell(this.#numbers.learn(setting, response)),
        });
      }
    }
    void this.#options.configured.then(() => this.peer.request('configurationDone', {}));
  }

  /** What the client learned from the parent was provisional. */
  #tell(breakpoints: DebugProtocol.Breakpoint[]): void {
    for (const breakpoint of breakpoints) {
      this.#options.client.event(new BreakpointEvent('changed', breakpoint));
    }
  }
}

/**
 * Resolves when the children have said everything, or after half a second: what they print comes another way than
 * their parent's end, which may overtake it.
 */
export async function haveEnded(children: readonly FoldedChild[]): Promise<void> {
  const ended = Promise.all(children.map((child) => child.ended));
  await Promise.race([ended, delay(lastWordsPatience, undefined, { ref: false })]);
}
