import type { DebugProtocol } from '@vscode/debugprotocol';
import { Message } from './message.ts';

/** The events of `Event` in helix-dap/src/types.rs, as of Helix 25.01. */
const knownToHelix = new Set([
  'initialized',
  'stopped',
  'continued',
  'exited',
  'terminated',
  'thread',
  'output',
  'breakpoint',
  'module',
  'loadedSource',
  'process',
  'capabilities',
  'memory',
]);

/**
 * An event as an editor bears it: as it is; what says the same in other words; or `undefined` where it has to be withheld.
 * `client`: the editor's `clientID`.
 *
 * Helix, at least up to 25.01, reads nothing any more after an event that it does not know, and debugpy sends some of its
 * own. It takes any `restart` of `terminated` for a wish to begin again, also js-debug's `false`
 * (`handle_debugger_message` of helix-view), and then waits for a launch that never ends.
 */
export function tolerated(event: Message, client: string | undefined): Message | undefined {
  if (client !== 'hx') return event;
  if (!knownToHelix.has(event.name)) return undefined;
  if (event.name !== 'terminated') return event;
  const content = event.read('terminated');
  return content.body?.restart === false ? Message.of({ ...content, type: 'event', body: {} }) : event;
}

/**
 * Whether an editor can have further sessions that a debugger asks for. dape says that it can, and before 0.27 reads what
 * two of its connections receive from one buffer (it calls them all "dape-connection", and jsonrpc.el calls its buffers
 * after them): messages are lost then, and with them the end of a session. It does not say its version.
 */
export function takesChildSessions({
  clientID,
  supportsStartDebuggingRequest,
}: DebugProtocol.InitializeRequestArguments): boolean {
  return supportsStartDebuggingRequest === true && clientID !== 'dape';
}
