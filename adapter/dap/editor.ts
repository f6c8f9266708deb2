import type { Readable, Writable } from 'node:stream';
import { CapabilitiesEvent, OutputEvent, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { LaunchError, messageOf } from '../errors.ts';
import { difference, offered } from './capabilities.ts';
import { failureBody } from './failure.ts';
import { Message } from './message.ts';
import { Peer, type Observer } from './peer.ts';

/** The editor: what it asked for, what it has been told, and what it still waits for. */
export class Editor {
  readonly peer: Peer;
  /** What it sent with `initialize`; `undefined` until then. */
  initializeArguments: DebugProtocol.InitializeRequestArguments | undefined;
  /** Its launch or attach request, until it is answered. */
  launchRequest: Message | undefined;
  /** How it calls the session, where it says so: VS Code does, as `__sessionId` of the launch. */
  debugSession: unknown;
  #initialize: Message | undefined;
  #told: DebugProtocol.Capabilities = {};
  #waiting: Message[] = [];
  #terminated = false;

  readonly #nextCommand: string | undefined;

  constructor(
    input: Readable,
    output: Writable,
    options: { strict?: boolean; nextCommand?: string | undefined } = {},
  ) {
    const { strict = false, nextCommand } = options;
    this.peer = new Peer(input, output, { strict });
    this.#nextCommand = nextCommand;
  }

  /** Answers `initialize`, with the capabilities that the debugger has, or is expected to have. */
  offer(initialize: Message, capabilities: DebugProtocol.Capabilities): void {
    this.#initialize = initialize;
    this.#told = offered(capabilities);
    this.peer.respond(initialize, this.#told);
  }

  /** Shows everything that is said from now on, and before it how the conversation began. */
  show(observer: Observer): void {
    const { seq = 0 } = this.#initialize ?? {};
    if (this.#initialize) observer('in', this.#initialize, seq, 0);
    observer('out', initializeResponse(this.#told), 1, seq);
    if (this.launchRequest) observer('in', this.launchRequest, this.launchRequest.seq, 0);
    this.peer.observer = observer;
  }

  /** Says what the debugger can do beyond, or short of, what was offered. */
  correct(capabilities: DebugProtocol.Capabilities): void {
    const actual = offered(capabilities);
    const news = difference(this.#told, actual);
    this.#told = actual;
    if (news) this.peer.event(new CapabilitiesEvent(news));
  }

  /** Keeps a request for a debugger that is not there yet. */
  keep(request: Message): void {
    this.#waiting.push(request);
  }

  /** Lets what was kept go on, in order; what cannot is answered with the reason. */
  releaseKept(forward: (request: Message) => Promise<void>): void {
    for (const request of this.#waiting.splice(0))
      forward(request).catch((error: unknown) => this.fail(request, error));
  }

  /** Answers what was kept: nobody can take it any more. */
  declineKept(): void {
    for (const request of this.#waiting.splice(0)) this.decline(request);
  }

  /** Cancels a request that was kept under this number; false if there is none. */
  cancelKept(seq: number): boolean {
    const index = this.#waiting.findIndex((request) => request.seq === seq);
    const [request] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (request) this.peer.refuse(request, 'cancelled');
    return request !== undefined;
  }

  /** Answers the launch request as the debugger did. */
  answerLaunch(response: Message): void {
    if (this.launchRequest) this.peer.send(response, { requestSeq: this.launchRequest.seq });
    this.launchRequest = undefined;
  }

  /** Answers the launch request with an error, if it still waits for its answer. */
  failLaunch(error: unknown): void {
    if (this.launchRequest) {
      this.fail(this.launchRequest, error);
      // It was not to be shown apart: see failureBody.
      if (this.#nextCommand !== undefined && error instanceof LaunchError && error.code === 'cancelled')
        this.print(error.message, 'console');
    }
    this.launchRequest = undefined;
  }

  /** Answers a request with an error that the user is shown. */
  fail(request: Message, error: unknown): void {
    const body = failureBody(error, { nextCommand: this.#nextCommand, debugSession: this.debugSession });
    this.peer.refuse(request, messageOf(error), body);
  }

  /** Answers a request that nobody can take any more. */
  decline(request: Message): void {
    this.peer.refuse(request, `Cannot answer "${request.name}": there is no debugger any more.`);
  }

  /** Shows a line; `category` as in DAP's `output` event. */
  print(text: string, category: 'console' | 'important' | 'stderr'): void {
    this.peer.event(new OutputEvent(`${text}\n`, category));
  }

  /** Whether it knows that the debuggee is gone. */
  get knowsEnd(): boolean {
    return this.#terminated;
  }

  /** The debugger has said `terminated` itself. */
  noteEnd(): void {
    this.#terminated = true;
  }

  /** Says `terminated`, once. */
  sayEnd(): void {
    if (!this.#terminated) this.peer.event(new TerminatedEvent());
    this.#terminated = true;
  }
}

/** An answer to `initialize`. */
export function initializeResponse(body: DebugProtocol.Capabilities): Message {
  return Message.of({ type: 'response', success: true, command: 'initialize', body });
}
