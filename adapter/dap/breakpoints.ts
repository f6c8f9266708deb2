import type { DebugProtocol } from '@vscode/debugprotocol';
import { Message } from './message.ts';

/** One request that set breakpoints: of one kind, and for sources of one file, the last one counts. */
export interface Setting {
  /** What it sets anew: the command and the source. */
  key: string;
  command: string;
  args: unknown;
  /** The number by which the client knows each breakpoint, by its place in the request. */
  ids: (number | undefined)[];
}

/**
 * The breakpoints as the client has set them and numbered as it knows them, so that they can be set again in
 * a debugger that starts later and numbers them anew.
 */
export class ClientBreakpoints {
  readonly #settings = new Map<string, Setting>();
  #highest = 0;

  /** Remembers a request of the client if it sets breakpoints; the answer belongs to what is returned. */
  note(request: Message): Setting | undefined {
    if (!/^set\w*Breakpoints$/.test(request.name)) return undefined;
    const args = request.read('request').arguments as { source?: DebugProtocol.Source } | undefined;
    const { path, sourceReference, name } = args?.source ?? {};
    const key = `${request.name} ${path ?? sourceReference ?? name ?? ''}`;
    const setting: Setting = { key, command: request.name, args, ids: [] };
    this.#settings.set(key, setting);
    return setting;
  }

  get settings(): Setting[] {
    return [...this.#settings.values()];
  }

  /** The client is told these breakpoints, as they are. */
  told(setting: Setting, response: Message): void {
    for (const [index, { id }] of breakpointsIn(response).entries()) {
      setting.ids[index] = id;
      if (id !== undefined) this.#highest = Math.max(this.#highest, id);
    }
  }

  /** A number that the client does not know yet. */
  next(): number {
    return ++this.#highest;
  }
}

/** Translates one debugger's breakpoint numbers into those that the client knows. */
export class BreakpointNumbers {
  readonly #client: ClientBreakpoints;
  readonly #known = new Map<number, { number: number; key: string | undefined }>();

  constructor(client: ClientBreakpoints) {
    this.#client = client;
  }

  /**
   * Learns the debugger's numbers from its answer: those the client knows by the same place keep their
   * number. Returns the breakpoints as the client is to see them.
   */
  learn(setting: Setting, response: Message): DebugProtocol.Breakpoint[] {
    return breakpointsIn(response).map((breakpoint, index) => {
      if (breakpoint.id === undefined) return breakpoint;
      // js-debug gives the number of a provisional breakpoint to a new one of another file.
      const before = this.#known.get(breakpoint.id);
      const same = before !== undefined && (before.key ?? setting.key) === setting.key;
      const known = same ? before.number : undefined;
      const number = setting.ids[index] ?? known ?? this.#client.next();
      setting.ids[index] = number;
      this.#known.set(breakpoint.id, { number, key: setting.key });
      return { ...breakpoint, id: number };
    });
  }

  /** The answer to a request that sets breakpoints, renumbered. */
  response(setting: Setting, response: Message): Message {
    const content = response.read('response');
    if (!content.success) return response;
    const body = content.body as object | undefined;
    return Message.of({
      ...content,
      type: 'response',
      body: { ...body, breakpoints: this.learn(setting, response) },
    });
  }

  /** A `breakpoint` or `stopped` event, renumbered; others as they are. */
  event(event: Message): Message {
    if (event.name === 'breakpoint') {
      const content = event.read('breakpoint');
      const { id } = content.body.breakpoint;
      if (id === undefined) return event;
      const breakpoint = { ...content.body.breakpoint, id: this.#number(id) };
      return Message.of({ ...content, type: 'event', body: { ...content.body, breakpoint } });
    }
    if (event.name === 'stopped') {
      const content = event.read('stopped');
      const hit = content.body.hitBreakpointIds;
      if (!hit) return event;
      const hitBreakpointIds = hit.map((id) => this.#number(id));
      return Message.of({ ...content, type: 'event', body: { ...content.body, hitBreakpointIds } });
    }
    return event;
  }

  #number(id: number): number {
    let known = this.#known.get(id);
    if (!known) this.#known.set(id, (known = { number: this.#client.next(), key: undefined }));
    return known.number;
  }
}

function breakpointsIn(response: Message): DebugProtocol.Breakpoint[] {
  const content = response.read('response');
  const body = content.body as { breakpoints?: DebugProtocol.Breakpoint[] } | undefined;
  return content.success ? (body?.breakpoints ?? []) : [];
}
