import type { DebugProtocol } from '@vscode/debugprotocol';

/** What this adapter can do whichever debugger it wraps: it answers these requests where the debugger does not. */
const own = {
  supportsConfigurationDoneRequest: true,
  supportsCancelRequest: true,
} satisfies DebugProtocol.Capabilities;

/** The answer to `initialize`: the debugger's capabilities, asked or expected, and our own. */
export function offered(debuggers: DebugProtocol.Capabilities): DebugProtocol.Capabilities {
  return { ...debuggers, ...own };
}

/**
 * What a `capabilities` event has to say to somebody who was told `told` when `actual` is true; `undefined`: nothing.
 * What is missing, false or empty is the same.
 */
export function difference(
  told: DebugProtocol.Capabilities,
  actual: DebugProtocol.Capabilities,
): DebugProtocol.Capabilities | undefined {
  const names = new Set([...Object.keys(told), ...Object.keys(actual)]);
  const changes = [...names].flatMap((name) => {
    const before = valueOf(told, name);
    const now = valueOf(actual, name);
    if (JSON.stringify(before) === JSON.stringify(now)) return [];
    return [[name, now ?? (typeof before === 'boolean' ? false : [])] as const];
  });
  return changes.length > 0 ? Object.fromEntries(changes) : undefined;
}

/** One capability; `undefined` where it says nothing. */
function valueOf(capabilities: DebugProtocol.Capabilities, name: string): unknown {
  const value = (capabilities as Record<string, unknown>)[name];
  return value === false || value === null || (Array.isArray(value) && value.length === 0)
    ? undefined
    : value;
}
