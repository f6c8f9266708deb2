import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Place, Run } from './run.ts';

/** Parts of conversations that several editors have in common. */

/** The arguments of `setBreakpoints`, the way most editors write them. */
export function breakpointsAt({ file, line }: Place, more: object = {}) {
  return { source: { name: basename(file), path: file }, breakpoints: [{ line }], lines: [line], ...more };
}

/** The exception filters that are set unless the user says otherwise. */
export function defaultFilters({ exceptionBreakpointFilters = [] }: DebugProtocol.Capabilities): string[] {
  return exceptionBreakpointFilters.flatMap(({ filter, default: set }) => (set === true ? [filter] : []));
}

/** Asks for the top frame's scopes, then for the variables of those that are cheap, or of `all`. */
export async function variablesOf(
  { client }: Run,
  frameId: number,
  { all = false } = {},
): Promise<DebugProtocol.Variable[]> {
  const { scopes } = (await client.body('scopes', { frameId })) as DebugProtocol.ScopesResponse['body'];
  const asked = scopes.filter(({ expensive }) => all || !expensive);
  const answers = asked.map(async ({ variablesReference }) => {
    const body = await client.body('variables', { variablesReference });
    return (body as DebugProtocol.VariablesResponse['body']).variables;
  });
  return (await Promise.all(answers)).flat();
}

/** Asks for frames; resolves with the first. */
export async function topFrame({ client }: Run, args: object): Promise<DebugProtocol.StackFrame> {
  const body = await client.body('stackTrace', args);
  const [frame] = (body as DebugProtocol.StackTraceResponse['body']).stackFrames;
  if (!frame) throw new Error(`There is no frame:\n${client.tail()}`);
  return frame;
}
