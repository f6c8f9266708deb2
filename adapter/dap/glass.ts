import { Message } from './message.ts';
import type { Peer } from './peer.ts';

export interface GlassOptions {
  client: Peer;
  adapter: Peer;
  /** Why the adapter's connection has ended, in a sentence; asked when it has. Default: nobody knows. */
  why?: () => Promise<string>;
}

/**
 * Between the two ends of a DAP conversation: what is sent on goes as it came, under a number of the other side,
 * and every request gets one answer, also when who should give it has gone.
 */
export class Glass {
  protected readonly client: Peer;
  protected readonly adapter: Peer;
  readonly #why: (() => Promise<string>) | undefined;

  constructor({ client, adapter, why }: GlassOptions) {
    this.client = client;
    this.adapter = adapter;
    this.#why = why;
  }

  /** Sends on a request of the client; `see` gets the adapter's answer before the client does. */
  forward(message: Message, see?: (response: Message) => void): void {
    this.adapter.relay(message, {
      source: this.client,
      origin: message.seq,
      settle: (response) => {
        if (response) see?.(response);
        this.answer(message, response);
      },
    });
  }

  /** Sends the client an answer that came from the adapter, or that none can come. */
  answer(request: Message, response: Message | undefined, from = this.adapter): void {
    const refuse = (why: string) => this.client.refuse(request, `Cannot answer "${request.name}": ${why}`);
    if (response) this.client.send(response, { requestSeq: request.seq, source: from });
    else if (this.#why) void this.#why().then(refuse);
    else refuse('the debugger has ended.');
  }

  /**
   * Sends on a `cancel`: of a progress, or of the request that the client made under the number `requestId`.
   * False when nobody has such a request.
   */
  cancel(message: Message, requestId = message.read('cancel').arguments?.requestId): boolean {
    if (requestId === undefined) {
      this.forward(message);
      return true;
    }
    for (const peer of this.adapters()) {
      const number = peer.numberOf(requestId);
      if (number === undefined) continue;
      this.cancelAs(number, message, peer);
      return true;
    }
    return false;
  }

  /** Sends on a `cancel` of the request that `peer` knows as `number`; 0 is none. */
  cancelAs(number: number, message: Message, peer = this.adapter): void {
    const content = message.read('cancel');
    const args = { ...content.arguments, requestId: number };
    peer.relay(Message.of({ ...content, type: 'request', arguments: args }), {
      source: this.client,
      origin: message.seq,
      settle: (response) => this.answer(message, response, peer),
    });
  }

  /** Sends on what the adapter asks of the client (`request`, in the place of `original`), and the answer back. */
  pass(original: Message, from: Peer, request = original): void {
    const { client } = this;
    client.relay(request, {
      source: from,
      origin: original.seq,
      settle: (response) => {
        if (response) from.send(response, { requestSeq: original.seq, source: client });
        else from.refuse(original, `Cannot answer "${original.name}": the editor has closed the connection.`);
      },
    });
  }

  /** Who may have a request of the client. */
  protected adapters(): Peer[] {
    return [this.adapter];
  }
}
