import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { DebugSession, Event, InitializedEvent, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { codes } from '../errors.ts';
import type { Debugger } from './start.ts';

/** Whether launch arguments say that the editor starts debuggers for us: its integration sets `"__startsDebugging": true`. */
export function startsDebugging(outer: Record<string, unknown>): boolean {
  return outer.__startsDebugging === true;
}

/**
 * A debugger that the editor starts, in a child session of its own, because only it knows how. DAP has no way to ask for
 * that by any other type than ours, so it goes by messages of our own:
 * - event `localprocess-k8s.startDebugging` `{id, configuration}`, with the variables in the configuration
 * - request `localprocess-k8s.debuggingStarted` `{id, started, message?}`: the answer
 * - event `localprocess-k8s.stopDebugging` `{id}`: the child session is to end
 * - request `localprocess-k8s.debuggingEnded` `{id}`: it has, asked or not
 *
 * Towards us it is a debug adapter whose debuggee is the child session.
 */
export function editorsDebugger(): Debugger {
  const input = new PassThrough();
  const output = new PassThrough();
  const adapter = new EditorsDebugger();
  adapter.setRunAsServer(true); // Its end is not that of this process.
  adapter.start(output, input);
  return {
    pid: undefined,
    input,
    output,
    address: undefined,
    exited: new Promise(() => undefined),
    lastWords: () => '',
    end: () => {
      input.end();
      return Promise.resolve();
    },
  };
}

class EditorsDebugger extends DebugSession {
  readonly #id = randomBytes(4).toString('hex');
  #state: 'new' | 'starting' | 'running' | 'ended' = 'new';
  #type = '';
  /** The launch request's answer, until the editor has said whether the child session runs. */
  #launch: DebugProtocol.Response | undefined;
  /** The answer to `disconnect`, until the child session has ended. */
  #disconnect: DebugProtocol.Response | undefined;

  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = { supportsConfigurationDoneRequest: true, supportTerminateDebuggee: true };
    this.sendResponse(response);
    this.sendEvent(new InitializedEvent());
  }

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    configuration: DebugProtocol.LaunchRequestArguments & { type?: string },
  ): void {
    this.#launch = response;
    this.#state = 'starting';
    this.#type = configuration.type ?? '';
    this.sendEvent(new Event('localprocess-k8s.startDebugging', { id: this.#id, configuration }));
  }

  protected override attachRequest(
    response: DebugProtocol.AttachResponse,
    configuration: DebugProtocol.AttachRequestArguments,
  ): void {
    this.launchRequest(response, configuration);
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    response.body = { threads: [] };
    this.sendResponse(response);
  }

  protected override customRequest(command: string, response: DebugProtocol.Response, given: unknown): void {
    const { id, started, message } = (given ?? {}) as { id?: unknown; started?: unknown; message?: unknown };
    if (!/^localprocess-k8s\.debugging(Started|Ended)$/.test(command)) {
      super.customRequest(command, response, given);
    } else if (id !== this.#id || this.#state === 'new') {
      this.#refuse(response, {
        message: `Cannot take "${command}" of the debugger ${JSON.stringify(id)}: none of that name is to be started.`,
        showUser: false, // It is between the editor's integration and us.
      });
    } else {
      this.sendResponse(response);
      if (command.endsWith('Ended')) this.#ended();
      else this.#started(started === true, typeof message === 'string' ? message : undefined);
    }
  }

  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse): void {
    if (this.#state === 'starting' || this.#state === 'running') {
      this.#disconnect = response;
      this.sendEvent(new Event('localprocess-k8s.stopDebugging', { id: this.#id }));
    } else this.sendResponse(response);
  }

  #started(started: boolean, message: string | undefined): void {
    const launch = this.#launch;
    this.#launch = undefined;
    if (!launch) return; // It has ended in the meantime.
    if (started) {
      this.#state = 'running';
      this.sendResponse(launch);
      return;
    }
    this.#state = 'ended';
    const why = message === undefined ? 'it has said why' : message.replace(/\.$/, '');
    this.#refuse(launch, {
      message: `Cannot debug "${this.#type}": the editor did not start its debugger (${why}). Try the configuration in "debug" by itself.`,
      showUser: true,
    });
    this.#release();
  }

  #ended(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (this.#launch) this.sendResponse(this.#launch);
    this.#launch = undefined;
    this.sendEvent(new TerminatedEvent());
    this.#release();
  }

  /** Nothing is left to be waited for. */
  #release(): void {
    if (this.#disconnect) this.sendResponse(this.#disconnect);
    this.#disconnect = undefined;
  }

  #refuse(
    response: DebugProtocol.Response,
    { message, showUser }: { message: string; showUser: boolean },
  ): void {
    this.sendErrorResponse(response, { id: codes['debugger-died'], format: message, showUser });
  }
}
