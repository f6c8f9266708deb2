import type { DebugProtocol } from '@vscode/debugprotocol';

/** What this adapter can do whichever debugger it wraps: it answers these requests where the debugger does not. */
const own = {
  supportsConfigurationDoneRequest: true,
  supportsCancelRequest: true,
} satisfies DebugProtocol.Capabilities;

/**
 * The answer to `initialize`: the debugger's capabilities and our own; our own alone while the debugger is
 * not known, so that nothing is promised which has to be taken back.
 */
export function offered(debuggers: DebugProtocol.Capabilities | undefined): DebugProtocol.Capabilities {
  return { ...debuggers, ...own };
}

/** What a `capabilities` event has to say to somebody who was told `told` when `actual` is true; `undefined`: nothing. */
export function difference(
  told: DebugProtocol.Capabilities,
  actual: DebugProtocol.Capabilities,
): DebugProtocol.Capabilities | undefined {
  const before = Object.entries(told).filter(([name, value]) => value !== false && !(name in actual));
  const now = Object.entries(actual).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify((told as Record<string, unknown>)[name]),
  );
  const changes = [
    ...before.map(([name, value]) => [name, typeof value === 'boolean' ? false : []] as const),
    ...now,
  ];
  return changes.length > 0 ? Object.fromEntries(changes) : undefined;
}
