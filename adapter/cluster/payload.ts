import { readFile } from 'node:fs/promises';

/** The agent's program as pods carry it: brotli, base64. Built beside this program; see scripts/build.mjs. */
export async function agentPayload(): Promise<string> {
  const beside = new URL('./agent.b64', import.meta.url);
  return readFile(beside, 'utf8');
}
